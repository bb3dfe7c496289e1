import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { ClientEvent, ClientRequest } from '../client-protocol.ts';
import { EventWriter } from './event-writer.ts';
import { readRequestLine } from './request-line.ts';
import { runPoint } from './run-point.ts';

/** Longest time from the wish to end until the process is gone. */
const END_TIMEOUT_MS = 2000;

/**
 * Main thread of the client's process: one request in, events out, exit status 0 when the point was run. `entry` is the
 * module that threads start with.
 */
export async function runProcess(entry: URL): Promise<void> {
  const abort = new AbortController();
  const end = () => {
    abort.abort();
    setTimeout(() => process.exit(1), END_TIMEOUT_MS).unref();
  };
  process.on('SIGTERM', end).on('SIGINT', end);
  const writer = new EventWriter(process.stdout, end);
  try {
    const line = await readRequestLine(process.stdin, end);
    await runPoint(JSON.parse(line) as ClientRequest, {
      entry,
      cores: availableParallelism(),
      // eslint-disable-next-line no-restricted-properties -- the composition root of a process of its own
      env: process.env,
      readText: (path) => readFileSync(path, 'utf8'),
      emit: (event: ClientEvent) => writer.write(event),
      emitLines: (lines) => writer.writeLines(lines),
      signal: abort.signal,
    });
  } catch (error) {
    process.exitCode = 1;
    writer.write({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
  }
  await writer.flush();
  process.exit();
}
