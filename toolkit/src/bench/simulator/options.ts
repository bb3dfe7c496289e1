import type { Distribution } from './distribution.ts';
import type { FaultRule } from './fault.ts';
import type { Stall } from './stall.ts';

/** Everything a simulated server can be told; plain data, so that it can be handed to another process. */
export interface SimulatorOptions {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly model: string;
  readonly seed: number;
  /** From being scheduled to the first token, beside the time for the prompt. */
  readonly ttft: Distribution;
  /** From one step of a request to its next. */
  readonly itl: Distribution;
  /** Prompts are computed one after the other; tokens from the prefix cache cost nothing. */
  readonly prefillMsPerToken: number;
  /** Share by which each further running request lengthens the steps of all. */
  readonly batchSlowdown: number;
  /** Steps happen at multiples of this time only, as in an engine that computes all requests at once; 0 for none. */
  readonly stepMs: number;
  readonly maxNumSeqs: number;
  readonly maxModelLen: number;
  readonly blockSize: number;
  readonly kvBlocks: number;
  /** Speculative decoding: guessed tokens per step, and how likely each is right. A step gives 1 + accepted tokens. */
  readonly draftTokens: number;
  readonly acceptance: number;
  /** Tokens between two frames after the first. */
  readonly streamInterval: number;
  readonly prefixCache: boolean;
  /** Tells cached tokens in the usage, as vLLM does with --enable-prompt-tokens-details. */
  readonly promptTokensDetails: boolean;
  /** Serves /reset_prefix_cache, as vLLM does with VLLM_SERVER_DEV_MODE=1. */
  readonly devMode: boolean;
  /** Answers are the same for the same prompt and this number. */
  readonly answerSeed: number;
  readonly stalls: readonly Stall[];
  readonly faults: readonly FaultRule[];
  /** Takes a whole core to write frames at their exact time. */
  readonly spin: boolean;
  /** Frames whose write times are remembered; requests that end later are not part of the ground truth. */
  readonly truthFrames: number;
}

export const DEFAULT_OPTIONS: SimulatorOptions = {
  host: '127.0.0.1',
  port: 0,
  model: 'simulated/model',
  seed: 1,
  ttft: { kind: 'constant', ms: 50 },
  itl: { kind: 'constant', ms: 10 },
  prefillMsPerToken: 0,
  batchSlowdown: 0,
  stepMs: 0,
  maxNumSeqs: 256,
  maxModelLen: 131_072,
  blockSize: 16,
  kvBlocks: 65_536,
  draftTokens: 0,
  acceptance: 1,
  streamInterval: 1,
  prefixCache: true,
  promptTokensDetails: false,
  devMode: true,
  answerSeed: 0,
  stalls: [],
  faults: [],
  spin: false,
  truthFrames: 4_000_000,
};
