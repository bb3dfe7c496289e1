import { Worker } from 'node:worker_threads';
import type { Answering, Order, Phase, ThreadSetup } from './messages.ts';
import type { ThreadHealth } from './loop-watch.ts';
import { shareSlots } from './plan.ts';
import type { TaskFeed } from './task-feed.ts';

export interface CrewOptions {
  /** Module that calls `runThread` when it is not the main thread. */
  readonly entry: URL;
  readonly threads: number;
  readonly setup: ThreadSetup;
}

/** One thread's part of the result, beside its records. */
export interface Collected {
  readonly lastEndMs: number | undefined;
  readonly health: ThreadHealth;
}

/** Time for threads to see a phase before it starts, so that all of them start together. */
const HEAD_START_MS = 25;

/**
 * Room for what requests leave behind: so much that the garbage collector seldom stops a thread, and so little that it
 * does so for less than a millisecond or two.
 */
const YOUNG_GENERATION_MB = 8;

type Listener = (message: Answering, thread: number) => void;

/** The sending threads. */
export class Crew {
  readonly #workers: readonly Worker[];
  readonly #options: CrewOptions;
  #listener: Listener = () => undefined;
  #fail: (error: Error) => void = () => undefined;

  private constructor(options: CrewOptions) {
    this.#options = options;
    this.#workers = Array.from({ length: options.threads }, (_, thread) => {
      const worker = new Worker(options.entry, {
        workerData: options.setup,
        resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
      });
      worker.on('message', (message: Answering) => {
        this.#listener(message, thread);
      });
      worker.on('error', (error: Error) => {
        this.#fail(error);
      });
      return worker;
    });
  }

  /** Starts the threads and waits until they listen. */
  static async start(options: CrewOptions): Promise<Crew> {
    const crew = new Crew(options);
    await crew.#each('ready');
    return crew;
  }

  /** Runs one phase to its end; `now` is the point's clock. Resolves with the phase's start. */
  async run(phase: Omit<Phase, 'startMs' | 'slots' | 'untilMs'>, parts: PhaseParts): Promise<number> {
    const { feed, slots, durationMs, now } = parts;
    const { threads, setup } = this.#options;
    // The first tasks are made before the clock starts; on a schedule their times are moved to it.
    const first = this.#workers.map((_, thread) => feed.take(thread, setup.lookahead, 0));
    const startMs = now() + HEAD_START_MS;
    const untilMs = durationMs === null ? null : startMs + durationMs;
    const done = this.#each('phase-done', (message, thread) => {
      if (message.type === 'need') this.#post(thread, { type: 'tasks', ...feed.take(thread, message.count, startMs) });
    });
    for (const [thread, { tasks, last }] of first.entries()) {
      const share = shareSlots(slots, thread, threads);
      this.#post(thread, { type: 'phase', phase: { ...phase, slots: share, startMs, untilMs } });
      const moved = tasks.map((task) =>
        task.intendedMs === undefined ? task : { ...task, intendedMs: task.intendedMs + startMs },
      );
      this.#post(thread, { type: 'tasks', tasks: moved, last });
    }
    await done;
    return startMs;
  }

  /** Fetches records, as JSON lines in any order, and health; the threads end. */
  async collect(onLines: (lines: string) => void): Promise<Collected[]> {
    const collected: Collected[] = [];
    const all = this.#each('collected', (message) => {
      if (message.type === 'lines') onLines(message.lines);
      if (message.type === 'collected') collected.push({ lastEndMs: message.lastEndMs, health: message.health });
    });
    for (const thread of this.#workers.keys()) this.#post(thread, { type: 'collect' });
    await all;
    return collected;
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }

  /** Waits for one message of this type from every thread; rejects when a thread dies. */
  #each(type: Answering['type'], listener: Listener = () => undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      let left = this.#workers.length;
      this.#fail = reject;
      this.#listener = (message, thread) => {
        try {
          listener(message, thread);
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
        if (message.type === type && --left === 0) resolve();
      };
    });
  }

  #post(thread: number, order: Order): void {
    const bodies = order.type === 'tasks' ? order.tasks.map(({ body }) => body) : [];
    const transfers = bodies.filter(ownsMemory).map(({ buffer }) => buffer);
    this.#workers[thread]?.postMessage(order, transfers);
  }
}

export interface PhaseParts {
  readonly feed: TaskFeed;
  /** Over all threads. */
  readonly slots: number | null;
  readonly durationMs: number | null;
  readonly now: () => number;
}

/** Small buffers share a pool of Node's, which must not move. */
function ownsMemory({ byteLength, buffer }: Uint8Array): boolean {
  return byteLength === buffer.byteLength;
}
