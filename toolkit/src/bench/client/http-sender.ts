import { Pool } from 'undici';
import type { PointSpec } from '../point.ts';
import { Answer } from './answer.ts';
import { endpointPath } from './body.ts';
import { createDirectConnector } from './direct-connector.ts';
import { Exchange, type Stamp } from './exchange.ts';
import type { Ending } from './outcome.ts';

export interface SenderOptions {
  readonly baseUrl: string;
  readonly endpoint: PointSpec['endpoint'];
  readonly headers: Readonly<Record<string, string>>;
  readonly requestTimeoutMs: number;
  readonly stamp: Stamp;
}

/** One request, ready to go. */
export interface Outgoing {
  /** Sent as `x-request-id`, by which a server's log finds it. */
  readonly id: string;
  readonly body: Uint8Array;
  /** Events to make room for. */
  readonly expectedEvents: number;
  readonly keepText: boolean;
}

export type OnAnswer = (answer: Answer, ending: Ending, atMs: number) => void;

/** Streams requests over as many kept-alive HTTP/1.1 connections as there are requests at the same time. */
export class HttpSender {
  readonly #pool: Pool;
  readonly #options: SenderOptions;
  readonly #origin: string;
  readonly #path: string;
  /** Names and values in turn, which undici takes as they are. */
  readonly #headers: readonly string[];
  readonly #running = new Set<Exchange>();

  constructor(options: SenderOptions) {
    const url = new URL(options.baseUrl);
    this.#options = options;
    this.#headers = [...Object.entries(options.headers).flat(), 'content-type', 'application/json'];
    this.#origin = url.origin;
    this.#path = `${url.pathname.replace(/\/+$/, '')}${endpointPath(options.endpoint)}`;
    // No limits of undici's own: the one that counts is the point's timeout. The idle time stays at its default, which
    // is below what servers keep a connection for.
    this.#pool = new Pool(this.#origin, {
      connections: null,
      pipelining: 1,
      allowH2: false,
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: createDirectConnector(options.requestTimeoutMs),
    });
  }

  send({ id, body, expectedEvents, keepText }: Outgoing, onAnswer: OnAnswer): void {
    const { stamp, requestTimeoutMs } = this.#options;
    const answer = new Answer(expectedEvents, keepText);
    const exchange: Exchange = new Exchange(answer, stamp, (ending, atMs) => {
      clearTimeout(timer);
      this.#running.delete(exchange);
      onAnswer(answer, ending, atMs);
    });
    const timer = setTimeout(() => {
      exchange.giveUp('timeout');
    }, requestTimeoutMs);
    this.#running.add(exchange);
    this.#pool.dispatch(
      {
        origin: this.#origin,
        path: this.#path,
        method: 'POST',
        headers: [...this.#headers, 'x-request-id', id],
        body,
      },
      exchange,
    );
  }

  /** Gives up everything under way. */
  cancel(): void {
    for (const exchange of this.#running) exchange.giveUp('cancelled');
  }

  async close(): Promise<void> {
    this.cancel();
    await this.#pool.destroy();
  }
}
