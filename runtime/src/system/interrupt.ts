/** The signals with which a container or a terminal asks a program to end. */
const SIGNALS = ['SIGINT', 'SIGTERM'] as const;
export type EndSignal = (typeof SIGNALS)[number];

/** What is thrown when a signal ended the work. */
export class Interrupted extends Error {
  readonly signal: EndSignal;

  constructor(signal: EndSignal) {
    super(`ended by ${signal}`);
    this.name = 'Interrupted';
    this.signal = signal;
  }
}

/**
 * A signal that aborts with {@link Interrupted} when this process is asked to end. Needed as process 1 of a container,
 * which signals without a handler do not end.
 */
export function listenForEnd(): AbortSignal {
  const controller = new AbortController();
  for (const signal of SIGNALS) {
    process.once(signal, () => {
      controller.abort(new Interrupted(signal));
    });
  }
  return controller.signal;
}
