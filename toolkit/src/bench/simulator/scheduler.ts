import { createRandom, type Random } from '../load/random.ts';
import { drawMs } from './distribution.ts';
import { DueQueue } from './due-queue.ts';
import type { SimulatorOptions } from './options.ts';
import { PrefixCache } from './prefix-cache.ts';

/** What becomes of one request; called in order, all from within the scheduler's own methods. */
export interface SequenceOutput {
  /** Is being computed from now on; told again after each preemption. */
  admitted(cachedTokens: number): void;
  preempted(): void;
  /** One step: tokens that were computed, and what is sent now of those since the last frame (0: nothing yet). */
  stepped(step: { readonly tokens: number; readonly sent: number; readonly finished: boolean }): void;
}

/** A request to compute. */
export interface SequenceRequest {
  readonly promptTokens: number;
  /** Hashes of the prompt's whole blocks. */
  readonly blockHashes: readonly number[];
  /** At least 1. */
  readonly maxTokens: number;
}

/** A request in the scheduler. */
export class Sequence {
  readonly request: SequenceRequest;
  readonly output: SequenceOutput;
  generated = 0;
  /** Computed, not yet sent. */
  pending = 0;
  blocks = 0;
  dueMs = 0;
  /** Entries of the due queue that belong to an earlier admission are void. */
  epoch = 0;

  constructor(request: SequenceRequest, output: SequenceOutput) {
    this.request = request;
    this.output = output;
  }
}

interface Due {
  readonly sequence: Sequence;
  readonly epoch: number;
}

export interface SchedulerState {
  readonly running: number;
  readonly waiting: number;
  /** Share of KV blocks in use, 0..1. */
  readonly kvUsage: number;
}

/**
 * The engine's decisions without a clock of its own: who is computed, when each step is due, who has to give its KV
 * blocks back. Times are milliseconds of the engine's clock and must not go back.
 */
export class Scheduler {
  readonly #options: SimulatorOptions;
  readonly #random: Random;
  readonly #due = new DueQueue<Due>();
  readonly #cache: PrefixCache;
  readonly #waiting: Sequence[] = [];
  /** In the order of admission: the last one gives way first. */
  readonly #running = new Set<Sequence>();
  #freeBlocks: number;
  #prefillFreeAtMs = 0;

  constructor(options: SimulatorOptions) {
    this.#options = options;
    this.#random = createRandom(options.seed);
    this.#cache = new PrefixCache(options.kvBlocks);
    this.#freeBlocks = options.kvBlocks;
  }

  get state(): SchedulerState {
    const { kvBlocks } = this.#options;
    const used = (kvBlocks - this.#freeBlocks) / kvBlocks;
    return { running: this.#running.size, waiting: this.#waiting.length, kvUsage: used };
  }

  /** When `advance` has something to do next; undefined when nothing is running. */
  get nextDueMs(): number | undefined {
    return this.#due.nextDueMs;
  }

  submit(sequence: Sequence, nowMs: number): void {
    this.#waiting.push(sequence);
    this.#admit(nowMs);
  }

  /** Forgets a request whose client went away. */
  cancel(sequence: Sequence, nowMs: number): void {
    const at = this.#waiting.indexOf(sequence);
    if (at >= 0) this.#waiting.splice(at, 1);
    if (this.#running.has(sequence)) this.#release(sequence);
    this.#admit(nowMs);
  }

  resetPrefixCache(): void {
    this.#cache.clear();
  }

  /** Does every step that is due by now, in order. */
  advance(nowMs: number): void {
    for (let due = this.#due.popDue(nowMs); due !== undefined; due = this.#due.popDue(nowMs))
      if (due.epoch === due.sequence.epoch) this.#step(due.sequence, nowMs);
  }

  #step(sequence: Sequence, nowMs: number): void {
    const { request } = sequence;
    const first = sequence.generated === 0;
    const tokens = Math.min(first ? 1 : this.#drawTokens(), request.maxTokens - sequence.generated);
    if (!this.#reserve(sequence, tokens)) {
      this.#admit(nowMs);
      return;
    }
    sequence.generated += tokens;
    sequence.pending += tokens;
    const finished = sequence.generated >= request.maxTokens;
    const sends = first || finished || sequence.pending >= this.#options.streamInterval;
    const sent = sends ? sequence.pending : 0;
    if (sends) sequence.pending = 0;
    if (finished) this.#release(sequence);
    else this.#scheduleNext(sequence, nowMs);
    sequence.output.stepped({ tokens, sent, finished });
    if (finished) this.#admit(nowMs);
  }

  #drawTokens(): number {
    const { draftTokens, acceptance } = this.#options;
    let tokens = 1;
    while (tokens <= draftTokens && (acceptance >= 1 || this.#random.next() < acceptance)) tokens += 1;
    return tokens;
  }

  // Counted from when the step was due, so that late wake-ups do not add up; unless the process was away for long.
  #scheduleNext(sequence: Sequence, nowMs: number): void {
    const { itl, batchSlowdown } = this.#options;
    const gapMs = drawMs(itl, this.#random) * (1 + batchSlowdown * (this.#running.size - 1));
    this.#schedule(sequence, Math.max(sequence.dueMs, nowMs - 1000) + gapMs);
  }

  #schedule(sequence: Sequence, atMs: number): void {
    const { stepMs } = this.#options;
    sequence.dueMs = stepMs > 0 ? Math.ceil(atMs / stepMs) * stepMs : atMs;
    this.#due.push(sequence.dueMs, { sequence, epoch: sequence.epoch });
  }

  #admit(nowMs: number): void {
    for (;;) {
      const [sequence] = this.#waiting;
      if (sequence === undefined || this.#running.size >= this.#options.maxNumSeqs) return;
      const tokens = sequence.request.promptTokens + sequence.generated + 1;
      if (this.#blocksFor(tokens) > this.#freeBlocks) return;
      this.#waiting.shift();
      this.#running.add(sequence);
      this.#take(sequence, this.#blocksFor(tokens));
      this.#startPrefill(sequence, nowMs);
    }
  }

  #startPrefill(sequence: Sequence, nowMs: number): void {
    const { prefixCache, blockSize, prefillMsPerToken, ttft } = this.#options;
    const { promptTokens, blockHashes } = sequence.request;
    // The last token is always computed, so a block that ends with the prompt does not count.
    const usable = blockHashes.slice(0, Math.floor((promptTokens - 1) / blockSize));
    const cachedTokens = prefixCache ? this.#cache.match(usable) * blockSize : 0;
    if (prefixCache) this.#cache.add(blockHashes);
    const computed = promptTokens - cachedTokens + sequence.generated;
    this.#prefillFreeAtMs = Math.max(this.#prefillFreeAtMs, nowMs) + computed * prefillMsPerToken;
    sequence.output.admitted(cachedTokens);
    this.#schedule(sequence, this.#prefillFreeAtMs + drawMs(ttft, this.#random));
  }

  /** Makes room for new tokens, taking it from who came last. @returns false when that was this request itself */
  #reserve(sequence: Sequence, tokens: number): boolean {
    const wanted = this.#blocksFor(sequence.request.promptTokens + sequence.generated + tokens);
    while (wanted - sequence.blocks > this.#freeBlocks) {
      const victim = [...this.#running].at(-1) ?? sequence;
      this.#release(victim);
      this.#waiting.unshift(victim);
      victim.output.preempted();
      if (victim === sequence) return false;
    }
    if (wanted > sequence.blocks) this.#take(sequence, wanted - sequence.blocks);
    return true;
  }

  #blocksFor(tokens: number): number {
    return Math.ceil(tokens / this.#options.blockSize);
  }

  #take(sequence: Sequence, blocks: number): void {
    sequence.blocks += blocks;
    this.#freeBlocks -= blocks;
  }

  #release(sequence: Sequence): void {
    this.#running.delete(sequence);
    this.#freeBlocks += sequence.blocks;
    sequence.blocks = 0;
    sequence.epoch += 1;
  }
}
