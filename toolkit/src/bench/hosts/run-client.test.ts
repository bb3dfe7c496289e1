import { spawn } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import type { ClientEvent, ClientRequest } from '../client-protocol.ts';
import type { Helper } from './machine.ts';
import { runClient } from './run-client.ts';

/** A stand-in for the load client: a program that has read its request as `request`. */
function startClient(program: string): Helper {
  const read = `let text = ''; process.stdin.on('data', (part) => { text += part; if (!text.endsWith('\\n')) return;
    const request = JSON.parse(text); const emit = (event) => process.stdout.write(JSON.stringify(event) + '\\n'); ${program} });`;
  return spawn(process.execPath, ['-e', read], { stdio: 'pipe' });
}

const request = { baseUrl: 'http://127.0.0.1:1', workers: 3 } as unknown as ClientRequest;
const never = new AbortController().signal;

function run(program: string, signal = never): { events: ClientEvent[]; ended: Promise<void> } {
  const events: ClientEvent[] = [];
  return {
    events,
    ended: runClient(startClient(program), request, { onEvent: (event) => events.push(event), signal }),
  };
}

const DONE = "{ type: 'done', fromMs: 0, toMs: 1, health: {} }";

describe('running the load client', () => {
  it('hands on what it says, whatever a machine prints around it', async () => {
    const { events, ended } = run(
      `console.log('Welcome to gpu-node'); emit({ type: 'started', epochMs: request.workers }); emit(${DONE}); process.exit(0);`,
    );
    await ended;
    expect(events).toMatchObject([{ type: 'started', epochMs: 3 }, { type: 'done' }]);
  });

  it.each([
    { program: "emit({ type: 'failed', message: 'no such file' }); process.exit(1);", says: 'no such file' },
    { program: "emit({ type: 'started' }); console.error('trace'); process.exit(7);", says: 'status 7' },
    { program: 'process.kill(process.pid, 9);', says: 'by a signal' },
    { program: `process.stdout.write('{"type":"do'); process.exit(0);`, says: 'status 0' },
  ])('fails when it ends without an answer: $says', async ({ program, says }) => {
    await expect(run(program).ended).rejects.toMatchObject({
      code: 'remote',
      message: expect.stringContaining(says) as string,
    });
  });

  it('ends it when it is asked to', async () => {
    const controller = new AbortController();
    const { events, ended } = run("emit({ type: 'started' }); setInterval(() => {}, 1000);", controller.signal);
    await expect.poll(() => events.length).toBe(1);
    controller.abort(new Error('enough'));
    await expect(ended).rejects.toThrow('enough');
  });

  it('ends it and says why when an event cannot be kept', async () => {
    const client = startClient("emit({ type: 'started' }); process.stdin.on('end', () => process.exit(0));");
    const onEvent = () => {
      throw new Error('the disk is full');
    };
    await expect(runClient(client, request, { onEvent, signal: never })).rejects.toThrow('the disk is full');
  });
});
