import { EXIT_CODES, failure } from '../exit-codes.ts';

/** A second signal within this time is the same key press. */
const ECHO_MS = 1_000;

/** The first signal asks for an orderly end; one that comes later, not as its echo from a launcher, ends at once. */
export function listenForSignals(onInterrupt: () => void): { signal: AbortSignal; stop: () => void } {
  const controller = new AbortController();
  let firstAtMs: number | undefined;
  const interrupt = () => {
    const nowMs = performance.now();
    if (firstAtMs !== undefined && nowMs - firstAtMs > ECHO_MS) process.exit(EXIT_CODES.interrupted);
    if (firstAtMs !== undefined) return;
    firstAtMs = nowMs;
    onInterrupt();
    controller.abort(failure('interrupted', { message: 'interrupted' }));
  };
  const signals = ['SIGINT', 'SIGTERM'] as const;
  for (const name of signals) process.on(name, interrupt);
  const stop = () => {
    for (const name of signals) process.off(name, interrupt);
  };
  return { signal: controller.signal, stop };
}
