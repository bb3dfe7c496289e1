import { Flags, type Interfaces } from '@oclif/core';
import { DISTRIBUTION_FORMS, parseDistribution } from '../bench/simulator/distribution.ts';
import { FAULT_FORM, FAULT_KINDS, parseFault } from '../bench/simulator/fault.ts';
import { DEFAULT_OPTIONS, type SimulatorOptions } from '../bench/simulator/options.ts';
import { parseStall, STALL_FORM } from '../bench/simulator/stall.ts';
import { failure } from '../exit-codes.ts';

const DEFAULT_PORT = 8000;

/** Where it listens and what it is. */
const serverFlags = {
  port: Flags.integer({
    helpValue: 'PORT',
    min: 0,
    max: 65_535,
    default: DEFAULT_PORT,
    description: 'Port to listen on; 0 is any free one.',
    env: 'AIMCTL_PORT',
  }),
  bind: Flags.string({
    helpValue: 'ADDRESS',
    default: DEFAULT_OPTIONS.host,
    description: 'Address of this host to listen on.',
    env: 'AIMCTL_BIND',
  }),
  model: Flags.string({
    helpValue: 'NAME',
    default: DEFAULT_OPTIONS.model,
    description: 'Name of the model it serves.',
    env: 'AIMCTL_SIMULATOR_MODEL',
  }),
  seed: Flags.integer({
    helpValue: 'NUMBER',
    min: 0,
    default: DEFAULT_OPTIONS.seed,
    description: 'The same seed draws the same times and faults.',
    env: 'AIMCTL_SEED',
  }),
  'answer-seed': Flags.integer({
    helpValue: 'N',
    min: 0,
    default: DEFAULT_OPTIONS.answerSeed,
    description: 'Another one answers the same prompts differently, as a broken model would.',
    env: 'AIMCTL_ANSWER_SEED',
  }),
  spin: Flags.boolean({
    default: false,
    description: 'Spend a whole core on writing at the exact time.',
    env: 'AIMCTL_SPIN',
  }),
};

/** How fast it is. */
const paceFlags = {
  ttft: Flags.string({
    helpValue: 'MS',
    default: '50',
    description: `Milliseconds until the first token: ${DISTRIBUTION_FORMS}.`,
    env: 'AIMCTL_TTFT',
  }),
  itl: Flags.string({
    helpValue: 'MS',
    default: '10',
    description: 'Milliseconds from step to step, in the same forms.',
    env: 'AIMCTL_ITL',
  }),
  'prefill-ms': Flags.string({
    helpValue: 'MS',
    default: '0',
    description: 'Milliseconds for each token of a prompt; prompts are computed one after the other.',
    env: 'AIMCTL_PREFILL_MS',
  }),
  'batch-slowdown': Flags.string({
    helpValue: 'SHARE',
    default: '0',
    description: 'Share by which each further running request lengthens all steps.',
    env: 'AIMCTL_BATCH_SLOWDOWN',
  }),
  'step-ms': Flags.string({
    helpValue: 'MS',
    default: '0',
    description: 'Let all requests step together, at multiples of this time.',
    env: 'AIMCTL_STEP_MS',
  }),
  'stream-interval': Flags.integer({
    helpValue: 'TOKENS',
    min: 1,
    default: DEFAULT_OPTIONS.streamInterval,
    description: 'Tokens from frame to frame.',
    env: 'AIMCTL_STREAM_INTERVAL',
  }),
  'draft-tokens': Flags.integer({
    helpValue: 'N',
    min: 0,
    default: DEFAULT_OPTIONS.draftTokens,
    description: 'Speculative decoding: guessed tokens per step.',
    env: 'AIMCTL_DRAFT_TOKENS',
  }),
  acceptance: Flags.string({
    helpValue: 'SHARE',
    default: '1',
    description: 'How likely each guess is right, if the one before was.',
    env: 'AIMCTL_ACCEPTANCE',
  }),
};

/** How much it takes. */
const capacityFlags = {
  'max-num-seqs': Flags.integer({
    helpValue: 'N',
    min: 1,
    default: DEFAULT_OPTIONS.maxNumSeqs,
    description: 'Requests that are computed at the same time; others wait.',
    env: 'AIMCTL_MAX_NUM_SEQS',
  }),
  'max-model-len': Flags.integer({
    helpValue: 'TOKENS',
    min: 1,
    default: DEFAULT_OPTIONS.maxModelLen,
    description: 'Longest prompt with its answer.',
    env: 'AIMCTL_MAX_MODEL_LEN',
  }),
  'kv-blocks': Flags.integer({
    helpValue: 'N',
    min: 1,
    default: DEFAULT_OPTIONS.kvBlocks,
    description: 'Blocks of 16 tokens for keys and values; who came last has to give way when they run out.',
    env: 'AIMCTL_KV_BLOCKS',
  }),
  'prefix-cache': Flags.boolean({
    allowNo: true,
    default: DEFAULT_OPTIONS.prefixCache,
    description: 'Remember prompts.',
    env: 'AIMCTL_PREFIX_CACHE',
  }),
  'prompt-tokens-details': Flags.boolean({
    default: DEFAULT_OPTIONS.promptTokensDetails,
    description: 'Tell cached tokens in the usage.',
    env: 'AIMCTL_PROMPT_TOKENS_DETAILS',
  }),
  'dev-mode': Flags.boolean({
    allowNo: true,
    default: DEFAULT_OPTIONS.devMode,
    description: 'Serve /reset_prefix_cache.',
    env: 'AIMCTL_DEV_MODE',
  }),
};

/** What goes wrong. */
const faultFlags = {
  stall: Flags.string({
    helpValue: STALL_FORM,
    multiple: true,
    multipleNonGreedy: true,
    description: 'Do nothing: so many seconds after the first request, for so long; may be repeated.',
    env: 'AIMCTL_STALL',
  }),
  fault: Flags.string({
    helpValue: 'KIND:RATE|KIND@N,N…',
    multiple: true,
    multipleNonGreedy: true,
    description: `Fail a share of the requests, or those of these numbers, from 0: ${FAULT_KINDS.join(', ')}.`,
    env: 'AIMCTL_FAULT',
  }),
};

export const simulatorFlags = { ...serverFlags, ...paceFlags, ...capacityFlags, ...faultFlags };

export type SimulatorFlags = Interfaces.InferredFlags<typeof simulatorFlags>;

/** What the flags ask for. @throws AimError usage */
export function toSimulatorOptions(flags: SimulatorFlags): SimulatorOptions {
  const distribution = (name: 'ttft' | 'itl') =>
    parseDistribution(flags[name]) ?? refuse(name, flags[name], DISTRIBUTION_FORMS);
  return {
    ...DEFAULT_OPTIONS,
    host: flags.bind,
    port: flags.port,
    model: flags.model,
    seed: flags.seed,
    answerSeed: flags['answer-seed'],
    spin: flags.spin,
    ttft: distribution('ttft'),
    itl: distribution('itl'),
    prefillMsPerToken: parseNumber(flags, 'prefill-ms'),
    batchSlowdown: parseNumber(flags, 'batch-slowdown'),
    stepMs: parseNumber(flags, 'step-ms'),
    streamInterval: flags['stream-interval'],
    draftTokens: flags['draft-tokens'],
    acceptance: parseNumber(flags, 'acceptance', 1),
    maxNumSeqs: flags['max-num-seqs'],
    maxModelLen: flags['max-model-len'],
    kvBlocks: flags['kv-blocks'],
    prefixCache: flags['prefix-cache'],
    promptTokensDetails: flags['prompt-tokens-details'],
    devMode: flags['dev-mode'],
    stalls: (flags.stall ?? []).map((text) => parseStall(text) ?? refuse('stall', text, `${STALL_FORM}, in seconds`)),
    faults: (flags.fault ?? []).map((text) => parseFault(text) ?? refuse('fault', text, FAULT_FORM)),
  };
}

type NumberFlag = 'prefill-ms' | 'batch-slowdown' | 'step-ms' | 'acceptance';

function parseNumber(flags: SimulatorFlags, name: NumberFlag, most = Infinity): number {
  const text = flags[name];
  const number = /^(?:\d+\.?\d*|\.\d+)$/.test(text) ? Number(text) : NaN;
  const range = most === Infinity ? 'a number that is not negative' : `a number from 0 to ${most}`;
  return number >= 0 && number <= most ? number : refuse(name, text, range);
}

function refuse(flag: string, value: string, form: string): never {
  throw failure('usage', { message: `--${flag} cannot be ${JSON.stringify(value)}`, hint: `Write it as ${form}.` });
}
