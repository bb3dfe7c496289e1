import type { Problem } from './finding.ts';
import { isMapping, type ProfileView } from './profile-view.ts';

/** Rule that a check between arguments is reported under. */
export type CrossRule = 'engine-arg-conflict' | 'engine-arg-requires' | 'async-scheduling';

/** A combination of vLLM's arguments that the engine refuses after it has read its command line. */
interface CrossCheck {
  readonly rule: CrossRule;
  /** The argument to point at; the check is skipped where it is not given. */
  readonly name: string;
  readonly fails: (profile: ProfileView) => boolean;
  readonly message: string;
  readonly suggestion: string;
}

const ASYNC_EXECUTORS = new Set<unknown>(['mp', 'uni', 'external_launcher']);
const ASYNC_METHODS = /eagle|mtp/;

const is = (profile: ProfileView, name: string): boolean => {
  const arg = profile.arg(name);
  return arg !== undefined && arg.value !== false;
};
const size = (profile: ProfileView, name: string): number => profile.numberOf(name, 1);
const bothNumbers = (profile: ProfileView, a: string, b: string): boolean =>
  typeof profile.arg(a)?.value === 'number' && typeof profile.arg(b)?.value === 'number';
const config = (profile: ProfileView, name: string): Readonly<Record<string, unknown>> => {
  const value = profile.arg(name)?.value;
  return isMapping(value) ? value : {};
};

const needs = (name: string, other: string): CrossCheck => ({
  rule: 'engine-arg-requires',
  name,
  fails: (profile) => is(profile, name) && !is(profile, other),
  message: `${name} is refused without ${other}`,
  suggestion: `Give ${other} too, or remove ${name}.`,
});

const below = (name: string, other: string): CrossCheck => ({
  rule: 'engine-arg-conflict',
  name,
  fails: (profile) => bothNumbers(profile, name, other) && profile.numberOf(name, 0) < profile.numberOf(other, 0),
  message: `${name} is below ${other}`,
  suggestion: `Make ${name} at least as large as ${other}.`,
});

const exclusive = (name: string, other: string): CrossCheck => ({
  rule: 'engine-arg-conflict',
  name,
  fails: (profile) => is(profile, name) && is(profile, other),
  message: `${name} cannot be given together with ${other}`,
  suggestion: 'Keep one of the two.',
});

const CHECKS: readonly CrossCheck[] = [
  needs('enable-auto-tool-choice', 'tool-call-parser'),
  needs('enable-log-outputs', 'enable-log-requests'),
  needs('collect-detailed-traces', 'otlp-traces-endpoint'),
  needs('kv-offloading-backend', 'kv-offloading-size'),
  needs('mamba-block-size', 'enable-prefix-caching'),
  needs('enable-eplb', 'enable-expert-parallel'),
  below('max-num-batched-tokens', 'max-num-seqs'),
  below('max-cpu-loras', 'max-loras'),
  below('max-num-partial-prefills', 'max-long-partial-prefills'),
  exclusive('data-parallel-hybrid-lb', 'data-parallel-external-lb'),
  exclusive('headless', 'data-parallel-hybrid-lb'),
  {
    ...below('max-num-batched-tokens', 'max-model-len'),
    fails: (profile) =>
      profile.isOff('enable-chunked-prefill') &&
      bothNumbers(profile, 'max-num-batched-tokens', 'max-model-len') &&
      profile.numberOf('max-num-batched-tokens', 0) < profile.numberOf('max-model-len', 0),
    message: 'max-num-batched-tokens is below max-model-len while chunked prefill is off',
  },
  {
    rule: 'engine-arg-conflict',
    name: 'max-num-partial-prefills',
    fails: (profile) => size(profile, 'max-num-partial-prefills') > 1 && profile.isOff('enable-chunked-prefill'),
    message: 'max-num-partial-prefills above 1 is refused while chunked prefill is off',
    suggestion: 'Remove no-enable-chunked-prefill, or this argument.',
  },
  {
    rule: 'engine-arg-conflict',
    name: 'enable-eplb',
    fails: (profile) =>
      is(profile, 'enable-eplb') && size(profile, 'tensor-parallel-size') * size(profile, 'data-parallel-size') === 1,
    message: 'enable-eplb is refused on one GPU',
    suggestion: 'Remove it.',
  },
  {
    rule: 'engine-arg-conflict',
    name: 'decode-context-parallel-size',
    fails: (profile) => size(profile, 'tensor-parallel-size') % size(profile, 'decode-context-parallel-size') !== 0,
    message: 'tensor-parallel-size is no multiple of decode-context-parallel-size',
    suggestion: 'Use a divisor of tensor-parallel-size.',
  },
  {
    ...below('data-parallel-size', 'data-parallel-size-local'),
    name: 'data-parallel-size-local',
  },
  {
    rule: 'engine-arg-conflict',
    name: 'data-parallel-external-lb',
    fails: (profile) => is(profile, 'data-parallel-external-lb') && size(profile, 'data-parallel-size') === 1,
    message: 'data-parallel-external-lb is refused with a data-parallel-size of 1',
    suggestion: 'Give data-parallel-size, or remove it.',
  },
  {
    rule: 'engine-arg-conflict',
    name: 'ray-workers-use-nsight',
    fails: (profile) =>
      is(profile, 'ray-workers-use-nsight') && profile.arg('distributed-executor-backend')?.value !== 'ray',
    message: 'ray-workers-use-nsight is refused without distributed-executor-backend: ray',
    suggestion: 'Remove it, or use the ray executor.',
  },
  {
    rule: 'engine-arg-conflict',
    name: 'mm-shm-cache-max-object-size-mb',
    fails: (profile) => profile.arg('mm-processor-cache-type')?.value !== 'shm',
    message: 'mm-shm-cache-max-object-size-mb is refused without mm-processor-cache-type: shm',
    suggestion: 'Remove it, or use the shm cache.',
  },
  {
    rule: 'engine-arg-conflict',
    name: 'cudagraph-capture-sizes',
    fails: (profile) => 'cudagraph_capture_sizes' in config(profile, 'compilation-config'),
    message: 'cudagraph-capture-sizes is also given inside compilation-config',
    suggestion: 'Keep one of the two.',
  },
  {
    rule: 'engine-arg-requires',
    name: 'kv-transfer-config',
    fails: (profile) => {
      const transfer = config(profile, 'kv-transfer-config');
      return 'kv_connector' in transfer && !('kv_role' in transfer);
    },
    message: 'kv-transfer-config has a kv_connector without a kv_role',
    suggestion: 'Add kv_role: kv_producer, kv_consumer or kv_both.',
  },
  {
    rule: 'async-scheduling',
    name: 'async-scheduling',
    fails: (profile) => profile.isOn('async-scheduling') && size(profile, 'pipeline-parallel-size') > 1,
    message: 'async-scheduling is refused with a pipeline-parallel-size above 1',
    suggestion: 'Write no-async-scheduling, or use tensor parallelism alone.',
  },
  {
    rule: 'async-scheduling',
    name: 'async-scheduling',
    fails: (profile) => {
      const executor = profile.arg('distributed-executor-backend')?.value;
      return profile.isOn('async-scheduling') && executor !== undefined && !ASYNC_EXECUTORS.has(executor);
    },
    message: 'async-scheduling is refused with this distributed-executor-backend',
    suggestion: 'Use mp or uni, or write no-async-scheduling.',
  },
  {
    rule: 'async-scheduling',
    name: 'async-scheduling',
    fails: (profile) => {
      const { method } = config(profile, 'speculative-config');
      return profile.isOn('async-scheduling') && typeof method === 'string' && !ASYNC_METHODS.test(method);
    },
    message: 'async-scheduling is refused with this method of speculative decoding',
    suggestion: 'Use an EAGLE or MTP method, or write no-async-scheduling.',
  },
];

/** What of a rule's checks a vLLM profile fails. */
export function findConflicts(profile: ProfileView, rule: CrossRule): Problem[] {
  if (profile.engine !== 'vllm') return [];
  return CHECKS.flatMap((check) => {
    const arg = check.rule === rule ? profile.arg(check.name) : undefined;
    if (arg === undefined || !check.fails(profile)) return [];
    return [{ message: check.message, at: ['engine_args', arg.key], suggestion: check.suggestion }];
  });
}
