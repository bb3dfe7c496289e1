import type { Dispatcher } from 'undici';
import type { Answer } from './answer.ts';
import type { Ending } from './outcome.ts';

/** Why the client itself gives a request up. */
export type GivenUp = 'timeout' | 'cancelled';

/** Time as this thread's exchanges stamp it, and a hook that the self-watch uses. */
export interface Stamp {
  /** Milliseconds of the point's clock, now; called first in everything that the event loop starts. */
  enter(): number;
  /** The same for a piece of an answer, which nobody waits for. */
  arrive(): number;
}

/** One request on the wire. Ends exactly once, whatever undici reports after that. */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly answer: Answer;
  readonly #stamp: Stamp;
  readonly #onEnd: (ending: Ending, atMs: number) => void;
  #controller: Dispatcher.DispatchController | undefined;
  #ended = false;

  constructor(answer: Answer, stamp: Stamp, onEnd: (ending: Ending, atMs: number) => void) {
    this.answer = answer;
    this.#stamp = stamp;
    this.#onEnd = onEnd;
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#ended) controller.abort(new Error('given up before it was sent'));
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number): void {
    if (status >= 200) this.answer.start(status);
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    const nowMs = this.#stamp.arrive();
    if (!this.#ended) this.answer.push(chunk, nowMs);
  }

  onResponseEnd(): void {
    this.#end({ kind: 'end' }, this.#stamp.enter());
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
    this.#end({ kind: 'error', code, message: error.message }, this.#stamp.enter());
  }

  /** Ends it from this side: closes the connection, which makes the server stop too. */
  giveUp(kind: GivenUp): void {
    if (this.#ended) return;
    this.#end({ kind }, this.#stamp.enter());
    this.#controller?.abort(new Error(kind));
  }

  #end(ending: Ending, atMs: number): void {
    if (this.#ended) return;
    this.#ended = true;
    this.answer.finish();
    this.#onEnd(ending, atMs);
  }
}
