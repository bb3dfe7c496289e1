import type { RequestSource } from '../load/request.ts';
import type { PointSpec } from '../point.ts';
import { renderBody } from './body.ts';
import type { Task } from './messages.ts';
import type { Schedule } from './plan.ts';

export interface FeedOptions {
  readonly point: Pick<PointSpec, 'endpoint' | 'model'>;
  readonly source: RequestSource;
  readonly schedule: Schedule;
  readonly threads: number;
}

/**
 * Hands out the tasks of a phase, bodies and all, as threads ask for them: in closed loops to whoever is free, on a
 * schedule in turn, so that each thread knows its own due times.
 */
export class TaskFeed {
  readonly #options: FeedOptions;
  #next = 0;
  /** Next arrival of each thread on a schedule. */
  readonly #nextOf: number[];

  constructor(options: FeedOptions) {
    this.#options = options;
    this.#nextOf = Array.from({ length: options.threads }, (_, thread) => thread);
  }

  /** Up to `count` tasks; `last` when this thread gets no more after them. Due times count from `startMs`. */
  take(thread: number, count: number, startMs: number): { readonly tasks: Task[]; readonly last: boolean } {
    const { arrivals, dueMs } = this.#options.schedule;
    const tasks: Task[] = [];
    const limit = dueMs === undefined ? Math.min(count, this.#fairShare()) : count;
    while (tasks.length < limit && this.#peek(thread) < arrivals) {
      const number = this.#peek(thread);
      if (dueMs === undefined) this.#next++;
      else this.#nextOf[thread] = number + this.#options.threads;
      const due = dueMs?.[number];
      tasks.push({ ...this.#render(number), ...(due !== undefined && { intendedMs: startMs + due }) });
    }
    return { tasks, last: this.#peek(thread) >= arrivals };
  }

  /** What is left, divided by the threads: none hoards what others could send. */
  #fairShare(): number {
    const { schedule, threads } = this.#options;
    return Math.max(1, Math.ceil((schedule.arrivals - this.#next) / threads));
  }

  #peek(thread: number): number {
    return this.#options.schedule.dueMs === undefined ? this.#next : (this.#nextOf[thread] ?? Infinity);
  }

  #render(number: number): Task {
    const { point, source } = this.#options;
    const { turns } = source.request(number);
    const [first] = turns;
    if (first === undefined) throw new RangeError(`request ${number} of the dataset has no turn`);
    return {
      index: number * source.turnsPerRequest,
      body: renderBody(point.endpoint, point.model, first),
      ...(first.inputTokens !== undefined && { inputTokens: first.inputTokens }),
      ...(first.outputTokens !== undefined && { outputTokens: first.outputTokens }),
      ...(turns.length > 1 && { conversation: { session: number, turns } }),
    };
  }
}
