import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { failure } from '../../exit-codes.ts';
import type { ClientEvent, ClientRequest } from '../client-protocol.ts';
import type { PointSpec } from '../point.ts';
import type { Helper, Machine } from './machine.ts';

/** Between the end of its input and its being killed. */
const GRACE_MS = 5_000;
const ERROR_LINES = 20;

/**
 * Gives a started load client its request and hands its events on until it is done. An abort ends it.
 * @throws AimError remote when it could not measure, or the signal's reason
 */
export async function runClient(
  helper: Helper,
  request: ClientRequest,
  { onEvent, signal }: { readonly onEvent: (event: ClientEvent) => void; readonly signal: AbortSignal },
): Promise<void> {
  const errors: string[] = [];
  let last: ClientEvent | undefined;
  let broken: Error | undefined;
  const lines = createInterface({ input: helper.stdout });
  lines.on('line', (line) => {
    const event = parseEvent(line);
    if (event === undefined) return;
    last = event;
    try {
      onEvent(event);
    } catch (error) {
      broken ??= error instanceof Error ? error : new Error(String(error));
      helper.stdin.end();
    }
  });
  createInterface({ input: helper.stderr }).on('line', (line) => {
    errors.push(line);
    if (errors.length > ERROR_LINES) errors.shift();
  });
  const exited = Promise.all([once(helper, 'close'), once(lines, 'close')]).then(
    ([[status]]) => status as number | null,
  );
  const stop = () => void endHelper(helper, exited);
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  helper.stdin.write(`${JSON.stringify(request)}\n`);
  try {
    const status = await exited;
    signal.throwIfAborted();
    if (broken !== undefined) throw broken;
    if (last?.type !== 'done') throw clientFailed(last, { status, errors });
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** The point with its dataset's file as the machine of the client knows it. @throws AimError remote */
export async function placeDataset(machine: Machine, point: PointSpec): Promise<PointSpec> {
  const { dataset } = point;
  if (dataset.kind !== 'sharegpt' && dataset.kind !== 'jsonl') return point;
  return { ...point, dataset: { ...dataset, path: await machine.provideFile(dataset.path) } };
}

/** Ends a helper by the end of its input, then by force. */
async function endHelper(helper: Helper, exited: Promise<unknown>): Promise<void> {
  helper.stdin.end();
  helper.kill('SIGTERM');
  const left = await Promise.race([exited.then(() => false), sleep(GRACE_MS, true, { ref: false })]);
  if (left) helper.kill('SIGKILL');
}

function parseEvent(line: string): ClientEvent | undefined {
  if (!line.startsWith('{')) return undefined; // a greeting of the machine
  try {
    return JSON.parse(line) as ClientEvent;
  } catch {
    return undefined; // a line that was cut when the client was killed
  }
}

function clientFailed(
  last: ClientEvent | undefined,
  { status, errors }: { readonly status: number | null; readonly errors: readonly string[] },
): Error {
  const why =
    last?.type === 'failed' ? last.message : `it ended ${status === null ? 'by a signal' : `with status ${status}`}`;
  return failure('remote', {
    message: `the load client could not measure: ${why}`,
    details: errors,
    hint: 'Points that are done are kept; --resume goes on with this one.',
  });
}
