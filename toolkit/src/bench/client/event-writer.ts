import type { Writable } from 'node:stream';
import type { ClientEvent } from '../client-protocol.ts';

/** Writes events as JSON lines. A reader that went away ends the client by `onGone`. */
export class EventWriter {
  readonly #output: Writable;
  #gone = false;

  constructor(output: Writable, onGone: () => void) {
    this.#output = output;
    output.on('error', () => {
      this.#gone = true;
      onGone();
    });
  }

  write(event: ClientEvent): void {
    if (!this.#gone) this.#output.write(`${JSON.stringify(event)}\n`);
  }

  /** Events that are JSON lines already. */
  writeLines(lines: string): void {
    if (!this.#gone) this.#output.write(lines);
  }

  /** Waits until everything is with the reader. */
  flush(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#gone) resolve();
      else this.#output.write('', () => resolve());
    });
  }
}
