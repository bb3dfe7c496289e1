import { createRandom, type Random } from '../load/random.ts';
import { createAnswer } from './answer.ts';
import { AnswerMeter } from './answer-meter.ts';
import type { AnswerSink } from './answer-sink.ts';
import { AnswerStream } from './answer-stream.ts';
import { ApiError, renderApiError } from './api-error.ts';
import { selectFault, type FaultKind } from './fault.ts';
import { createFrames } from './frames.ts';
import type { GenerationRequest } from './generation-request.ts';
import type { SimulatorOptions } from './options.ts';
import { createPacer, type Pacer } from './pacer.ts';
import { hashBlocks } from './prefix-cache.ts';
import { Scheduler, Sequence } from './scheduler.ts';
import { ServerMetrics } from './server-metrics.ts';
import { createEngineClock } from './stall.ts';
import { createTruthLog, type TruthLog } from './truth.ts';

/** Separates the draws of faults from those of durations. */
const FAULTS = 1;

/** Lateness beyond which the process must have been away. */
const LATE_MS = 0.5;

/** A request as it came in. */
export interface Received {
  readonly request: GenerationRequest;
  /** What the client calls it. */
  readonly requestId: string | undefined;
  /** By `performance.now()`. */
  readonly receivedMs: number;
}

/** The simulated engine behind the HTTP interface. */
export class SimulatedEngine {
  readonly metrics: ServerMetrics;
  readonly truth: TruthLog;
  readonly #options: SimulatorOptions;
  readonly #scheduler: Scheduler;
  readonly #clock;
  readonly #pacer: Pacer;
  #faultDraws: Random;
  #requests = 0;

  constructor(options: SimulatorOptions) {
    this.#options = options;
    this.metrics = new ServerMetrics(options, performance.timeOrigin / 1000);
    this.truth = createTruthLog(options.truthFrames);
    this.#scheduler = new Scheduler(options);
    this.#clock = createEngineClock(options.stalls);
    this.#faultDraws = createRandom(options.seed, FAULTS);
    this.#pacer = createPacer({ advance: () => this.#advance(), nextDueMs: () => this.#nextDueMs() }, options.spin);
  }

  renderMetrics(): string {
    return this.metrics.render(this.#scheduler.state);
  }

  resetPrefixCache(): void {
    this.#scheduler.resetPrefixCache();
  }

  /** Forgets the ground truth; requests, faults and stalls count from here. */
  reset(): void {
    this.truth.clear();
    this.#clock.reset();
    this.#faultDraws = createRandom(this.#options.seed, FAULTS);
    this.#requests = 0;
  }

  stop(): void {
    this.#pacer.stop();
  }

  /**
   * Answers a request into the sink.
   * @returns what to call when the client went away
   * @throws ApiError when the prompt can never fit
   */
  answer(received: Received, sink: AnswerSink): () => void {
    const { request, receivedMs } = received;
    const options = this.#options;
    const kvTokens = options.kvBlocks * options.blockSize;
    const index = this.#requests++;
    const fault = selectFault(options.faults, index, this.#faultDraws);
    this.#clock.begin(receivedMs);
    const answer = createAnswer(request.prompt, options.answerSeed);
    const tokens = planTokens(request, { natural: answer.length, longest: options.maxModelLen, fault });
    if (request.prompt.length + tokens > kvTokens)
      throw new ApiError(400, `The request needs more than the ${kvTokens} tokens of the KV cache.`);
    const meter = new AnswerMeter({
      metrics: this.metrics,
      promptTokens: request.prompt.length,
      receivedMs,
      draftTokens: options.draftTokens,
    });
    const note = this.#noteOf(received, { index, fault, meter });
    if (fault === 'http_4xx' || fault === 'http_5xx') {
      const status = fault === 'http_4xx' ? 429 : 500;
      sink.sendJson(status, JSON.stringify(renderApiError(status, 'This request was chosen to fail.', null)));
      note({ frameTimesMs: [], frameTokens: [], complete: true });
      return () => undefined;
    }
    const frames = createFrames({
      chat: request.chat,
      id: `${request.chat ? 'chatcmpl' : 'cmpl'}-${index.toString(16).padStart(32, '0')}`,
      createdS: Math.floor((performance.timeOrigin + receivedMs) / 1000),
      model: options.model,
      promptTokens: request.prompt.length,
      continuousUsage: request.continuousUsage,
    });
    const tellCached = options.promptTokensDetails;
    const stream = new AnswerStream({ request, answer, frames, sink, meter, fault, tokens, tellCached }, (facts) => {
      note(facts);
      this.#leave(sequence);
    });
    const blockHashes = options.prefixCache ? hashBlocks(request.prompt, options.blockSize) : [];
    const sequence = new Sequence({ promptTokens: request.prompt.length, blockHashes, maxTokens: tokens }, stream);
    if (request.stream) sink.begin();
    this.#scheduler.submit(sequence, this.#nowMs());
    this.#pacer.wake();
    return () => stream.abort();
  }

  // A process that spins is late only when it was kept from running. Making up for that would send everything at once.
  #advance(): void {
    const nowMs = performance.now();
    const lateMs = nowMs - (this.#nextDueMs() ?? nowMs);
    if (this.#options.spin && lateMs > LATE_MS) this.#clock.hold(lateMs);
    this.#scheduler.advance(this.#clock.toEngineMs(nowMs));
  }

  /** By `performance.now()`. */
  #nextDueMs(): number | undefined {
    const dueMs = this.#scheduler.nextDueMs;
    return dueMs === undefined ? undefined : this.#clock.toWallMs(dueMs);
  }

  #leave(sequence: Sequence): void {
    this.#scheduler.cancel(sequence, this.#nowMs());
    this.#pacer.wake();
  }

  #nowMs(): number {
    return this.#clock.toEngineMs(performance.now());
  }

  #noteOf(
    { request, requestId, receivedMs }: Received,
    { index, fault, meter }: { index: number; fault: FaultKind | undefined; meter: AnswerMeter },
  ) {
    return (facts: Pick<Parameters<TruthLog['add']>[0], 'frameTimesMs' | 'frameTokens' | 'complete'>) => {
      const { admittedMs, cachedTokens, outputTokens, preemptions } = meter;
      this.truth.add({
        requestId: requestId ?? String(index),
        index,
        receivedMs,
        ...(admittedMs === undefined ? {} : { admittedMs }),
        endedMs: performance.now(),
        promptTokens: request.prompt.length,
        cachedTokens,
        outputTokens,
        preemptions,
        fault: fault ?? null,
        ...facts,
      });
    };
  }
}

interface TokenPlan {
  readonly natural: number;
  readonly longest: number;
  readonly fault: FaultKind | undefined;
}

/** How many tokens will be computed. */
function planTokens(
  { prompt, maxTokens, ignoreEos }: GenerationRequest,
  { natural, longest, fault }: TokenPlan,
): number {
  const limit = maxTokens ?? longest - prompt.length;
  const wanted = ignoreEos ? limit : Math.min(limit, natural);
  if (fault === 'no_tokens') return 1;
  if (fault !== 'wrong_token_count') return wanted;
  return wanted > 1 ? wanted - 1 : 2;
}
