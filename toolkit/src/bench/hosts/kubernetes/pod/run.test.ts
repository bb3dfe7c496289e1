import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { FrameCollector, parseFrame } from '../frames.ts';
import { runInPod } from './run.ts';

const scratch = mkdtempSync(join(tmpdir(), 'aim-bench-pod-'));
afterAll(() => rmSync(scratch, { recursive: true }));

/** Runs a program as the load client, and collects what its pod logs. */
async function run(program: string, onSignal: (end: () => void) => void = () => undefined) {
  const folder = mkdtempSync(join(scratch, 'files-'));
  writeFileSync(join(folder, 'request.json'), '{"workers":3}');
  writeFileSync(join(folder, 'client.mjs'), program);
  const collector = new FrameCollector();
  const kinds: string[] = [];
  const write = (line: string) => {
    const frame = parseFrame(line.trimEnd());
    if (frame !== undefined && collector.add(frame)) kinds.push(frame.kind);
  };
  const status = await runInPod({ folder, node: process.execPath, write, onSignal });
  return { status, kinds, collected: collector.collect() };
}

describe('the program of a pod', () => {
  it('gives the client its request and logs what it tells', async () => {
    const { status, kinds, collected } = await run(`
      process.stdin.once('data', (text) => {
        console.log('{"type":"progress","done":1}');
        console.log(JSON.stringify({ type: 'failed', message: String(text).trim() }));
        process.exit();
      });`);
    expect({ status, kinds }).toEqual({ status: 0, kinds: ['progress', 'data', 'end'] });
    expect(collected).toMatchObject({
      kind: 'complete',
      events: [{ type: 'failed', message: '{"workers":3}' }],
      end: { status: 0, errors: [] },
    });
  });

  it('logs the last words of a client that fails', async () => {
    const { status, collected } = await run(`console.error('no core is free'); process.exit(4);`);
    expect(status).toBe(4);
    expect(collected).toMatchObject({ kind: 'complete', events: [], end: { status: 4, errors: ['no core is free'] } });
  });

  it('ends the client when the pod is ended', async () => {
    const { status, collected } = await run('setInterval(() => {}, 1000)', (end) => setTimeout(end, 200));
    expect(status).toBe(1);
    expect(collected).toMatchObject({ kind: 'complete', end: { status: null } });
  });
});
