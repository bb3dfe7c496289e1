import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { EXIT_CODES } from '../../src/exit-codes.ts';
import { aimctl, checkedJson, REPOSITORY } from '../lib/aimctl.ts';

const AIMCTL = join(REPOSITORY, 'toolkit/bin/aimctl.js');
const running: { kill: (signal: 'SIGKILL') => void }[] = [];
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});

async function start(...args: string[]) {
  const child = spawn(process.execPath, [AIMCTL, 'bench', 'simulate', '--port', '0', ...args]);
  running.push(child);
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const end = async (signal: 'SIGTERM' | 'SIGINT') => {
    child.kill(signal);
    return (await once(child, 'close'))[0] as number | null;
  };
  return { line: line.toString(), pid: child.pid, end };
}

describe('bench simulate', () => {
  it('says where it listens, serves, and ends in order', async () => {
    const { line, pid, end } = await start('--json', '--model', 'org/model', '--ttft', '5', '--draft-tokens', '2');
    const ready = checkedJson('bench-simulate', { status: 0, stdout: line, stderr: '' }) as { url: string };
    expect(ready).toMatchObject({ model: 'org/model', pid });
    const models = (await (await fetch(`${ready.url}/v1/models`)).json()) as { data: { id: string }[] };
    expect(models.data[0]?.id).toBe('org/model');
    const body = JSON.stringify({ prompt: 'a', max_tokens: 4, ignore_eos: true });
    await (await fetch(`${ready.url}/v1/completions`, { method: 'POST', body })).text();
    const metrics = await (await fetch(`${ready.url}/metrics`)).text();
    expect(metrics).toMatch(/^vllm:spec_decode_num_accepted_tokens_total\{.*\} 2$/m);
    expect(await end('SIGTERM')).toBe(0);
  });

  it('says it in words too, and ends while it answers', async () => {
    const { line, end } = await start('--itl', '1000');
    const url = /at (http\S+)/.exec(line)?.[1] ?? '';
    const body = JSON.stringify({ prompt: 'a', max_tokens: 100, stream: true });
    const response = await fetch(`${url}/v1/completions`, { method: 'POST', body });
    expect(response.status).toBe(200);
    const text = response.text().catch(() => 'broken off');
    expect(await end('SIGINT')).toBe(0);
    expect(await text).toBe('broken off');
  });

  it.each([
    ['--ttft', 'soon'],
    ['--itl', 'uniform:9:1'],
    ['--prefill-ms', '-1'],
    ['--acceptance', '1.5'],
    ['--fault', 'nonsense:0.1'],
    ['--stall', '5'],
    ['--port', '70000'],
  ])('refuses %s %s', (flag, value) => {
    const { status, stderr, stdout } = aimctl(['bench', 'simulate', `${flag}=${value}`]);
    expect(status).toBe(EXIT_CODES.usage);
    expect(stdout).toBe('');
    expect(stderr).toContain(flag);
  });

  it('says when it cannot listen', async () => {
    const { line } = await start();
    const port = /:(\d+)\s*$/.exec(line)?.[1] ?? '';
    const taken = aimctl(['bench', 'simulate', '--port', port]);
    expect(taken.status).toBe(EXIT_CODES.environment);
    expect(taken.stderr).toContain('EADDRINUSE');
    expect(aimctl(['bench', 'simulate', '--bind', '203.0.113.1']).status).toBe(EXIT_CODES.environment);
  });
});
