import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createFrameWriter, packEvents, type FrameEnd } from '../frames.ts';

export interface PodRun {
  /** Holds `request.json` and `client.mjs`. */
  readonly folder: string;
  /** Path of Node.js. */
  readonly node: string;
  readonly write: (line: string) => void;
  readonly onSignal: (end: () => void) => void;
}

const ERROR_LINES = 20;

/** Runs the load client to its end. Returns the exit status. */
export async function runInPod({ folder, node, write, onSignal }: PodRun): Promise<number> {
  const frame = createFrameWriter(write);
  const client = spawn(node, [join(folder, 'client.mjs')], { stdio: ['pipe', 'pipe', 'pipe'] });
  onSignal(() => client.kill('SIGTERM'));
  client.stdin.write(`${readFileSync(join(folder, 'request.json'), 'utf8').trim()}\n`);
  const kept: string[] = [];
  const errors: string[] = [];
  const lines = createInterface({ input: client.stdout });
  lines.on('line', (line) => {
    if (line.startsWith('{"type":"progress"')) frame('progress', line);
    else kept.push(line);
  });
  createInterface({ input: client.stderr }).on('line', (line) => {
    errors.push(line);
    if (errors.length > ERROR_LINES) errors.shift();
  });
  const [[status]] = (await Promise.all([once(client, 'close'), once(lines, 'close')])) as [[number | null], unknown];
  const { pieces, sha256 } = packEvents(kept.map((line) => `${line}\n`).join(''));
  for (const piece of pieces) frame('data', piece);
  frame('end', JSON.stringify({ status, sha256, errors } satisfies FrameEnd));
  return status ?? 1;
}
