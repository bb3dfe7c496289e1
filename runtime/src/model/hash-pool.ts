import { Worker } from 'node:worker_threads';
import type { Digests, HashAnswer, HashOrder, HashRequest } from './digest.ts';
import { hashWorker } from './hash-worker.ts';

/** A file being hashed while it grows. */
export interface HashJob {
  /** Says that the file is whole up to here. */
  advance(upToByte: number): void;
  /** The digests, once everything announced has been read. */
  finish(): Promise<Digests>;
  cancel(): void;
}

/** Worker threads that hash files on disk. Each file stays with one of them; close it to let the process end. */
export class HashPool {
  readonly #size: number;
  readonly #threads: Thread[] = [];
  readonly #signal: AbortSignal | undefined;
  #nextId = 1;

  /** When `signal` aborts, every job fails with its reason. */
  constructor(size: number, signal?: AbortSignal) {
    this.#size = size;
    this.#signal = signal;
    signal?.addEventListener('abort', this.#giveUp);
  }

  start(request: HashRequest): HashJob {
    const thread = this.#leastBusy();
    const id = this.#nextId++;
    const job = thread.take(id, request);
    if (this.#signal?.aborted) this.#giveUp();
    return job;
  }

  async close(): Promise<void> {
    this.#signal?.removeEventListener('abort', this.#giveUp);
    await Promise.all(this.#threads.splice(0).map((thread) => thread.stop()));
  }

  readonly #giveUp = () => {
    for (const thread of this.#threads) thread.fail(this.#signal?.reason as Error);
  };

  #leastBusy(): Thread {
    const idle = this.#threads.find((thread) => thread.load === 0);
    if (idle) return idle;
    if (this.#threads.length < this.#size) {
      const thread = new Thread();
      this.#threads.push(thread);
      return thread;
    }
    return this.#threads.reduce((best, thread) => (thread.load < best.load ? thread : best));
  }
}

interface Waiting {
  readonly resolve: (digests: Digests) => void;
  readonly reject: (error: Error) => void;
}

class Thread {
  readonly #worker = new Worker(`(${hashWorker.toString()})()`, { eval: true });
  readonly #waiting = new Map<number, Waiting>();

  constructor() {
    this.#worker.unref();
    this.#worker.on('message', (answer: HashAnswer) => {
      const waiting = this.#waiting.get(answer.id);
      this.#waiting.delete(answer.id);
      if (answer.type === 'digests') waiting?.resolve({ sha256: answer.sha256, asked: answer.asked });
      else waiting?.reject(Object.assign(new Error(answer.message), { code: answer.code }));
    });
    this.#worker.on('error', (error: Error) => {
      this.fail(error);
    });
  }

  fail(error: Error): void {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }

  get load(): number {
    return this.#waiting.size;
  }

  take(id: number, request: HashRequest): HashJob {
    const send = (order: HashOrder) => {
      this.#worker.postMessage(order);
    };
    const result = new Promise<Digests>((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    result.catch(() => undefined); // seen by finish(); a job that is cancelled asks nobody
    send({ type: 'start', id, ...request });
    return {
      advance: (upToByte) => {
        send({ type: 'advance', id, upToByte });
      },
      finish: () => {
        send({ type: 'finish', id });
        return result;
      },
      cancel: () => {
        send({ type: 'cancel', id });
        this.#waiting.delete(id);
      },
    };
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }
}
