import { failure } from '../../exit-codes.ts';
import type { ClientEvent } from '../client-protocol.ts';
import type { PointSpec } from '../point.ts';
import type { RequestOutcome, RequestRecord } from '../record.ts';
import type { RepeatResult } from '../result.ts';
import { summariseGpu } from '../server/gpu-window.ts';
import { summariseServer } from '../server/server-window.ts';
import { computeCorrectedMetrics } from './corrected.ts';
import { findInvalidReasons } from './validity.ts';
import { computeVllmMetrics, toVllmRequest } from './vllm-metrics.ts';

/** Where the details of a repeat are kept, relative to the folder of the result. */
export interface RepeatFiles {
  readonly recordsFile: string;
  readonly samplesFile: string;
}

/**
 * Everything a result keeps of one repeat, from all events of the load client. Requests cut off by the end of the point
 * are no failures: vLLM's figures know neither them nor their tokens.
 * @throws AimError remote when the client ended before the point did
 */
export function summariseRepeat(
  spec: PointSpec,
  events: readonly ClientEvent[],
  { recordsFile, samplesFile }: RepeatFiles,
): RepeatResult {
  const started = events.find((event) => event.type === 'started');
  const done = events.find((event) => event.type === 'done');
  if (started === undefined || done === undefined) throw incomplete(spec, events);
  const { fromMs, toMs, health } = done;
  const records = events.flatMap((event) => (event.type === 'record' ? [event.record] : []));
  const samples = events.flatMap((event) => (event.type === 'metrics' ? [event.sample] : []));
  const gpuSamples = events.flatMap((event) => (event.type === 'gpu' ? [event.sample] : []));
  const measured = records.filter(({ phase }) => phase === 'measured');
  const corrected = computeCorrectedMetrics(measured, spec);
  const vllm = computeVllmMetrics(selectEnded(measured).map(toVllmRequest), {
    durationS: (toMs - fromMs) / 1000,
    serviceLevel: spec.serviceLevel,
  });
  const reasons = findInvalidReasons({ spec, records, vllm, health, samples, fromMs, toMs });
  const { windowFromMs, windowToMs, outputTokensPerSecond } = corrected;
  const outputTokens = outputTokensPerSecond * ((windowToMs - windowFromMs) / 1000);
  return {
    spec,
    startedAt: new Date(started.epochMs).toISOString(),
    valid: reasons.length === 0,
    reasons,
    outcomes: countOutcomes(measured),
    vllm,
    corrected,
    client: health,
    server: summariseServer(samples, windowFromMs, windowToMs),
    gpu: summariseGpu(gpuSamples, { fromMs: windowFromMs, toMs: windowToMs, outputTokens }),
    recordsFile,
    samplesFile,
  };
}

/** Requests that had their chance: all but those cut off by the end of the point. */
export function selectEnded(records: readonly RequestRecord[]): readonly RequestRecord[] {
  return records.filter(({ outcome }) => outcome !== 'cancelled');
}

function countOutcomes(records: readonly RequestRecord[]): Partial<Record<RequestOutcome, number>> {
  const counts: Partial<Record<RequestOutcome, number>> = {};
  for (const { outcome } of records) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}

function incomplete({ id }: PointSpec, events: readonly ClientEvent[]): Error {
  const said = events.find((event) => event.type === 'failed');
  return failure('remote', {
    message: `the load client ended before ${id} was measured${said === undefined ? '' : `: ${said.message}`}`,
    hint: 'Look whether the server still answers, then resume the run.',
  });
}
