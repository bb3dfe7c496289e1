import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { EXECUTABLE, PROFILE, ProfileTree, settings } from '../lib/run-executable.ts';

const SIMULATOR = join(import.meta.dirname, '../../../demo/engine-simulator');
const canUnshare = spawnSync('unshare', ['--pid', '--fork', '--mount-proc', 'true']).status === 0;
const QUICK = { timeout: 20_000, interval: 20 };

const running = new Set<ChildProcess>();
/** Asked, not killed: the engine would outlive a killed supervisor that is not process 1. */
afterEach(async () => {
  await Promise.all(
    [...running].map((child) => {
      const closed = new Promise((resolve) => child.once('close', resolve));
      child.kill('SIGTERM');
      return closed;
    }),
  );
});

/** A port that was free a moment ago. */
async function freePort(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return String(port);
}

interface Supervised {
  readonly child: ChildProcess;
  readonly side: (path: string) => Promise<{ status: number; text: string }>;
  readonly api: string;
  readonly output: () => string;
  readonly errors: () => string;
  readonly ended: Promise<{ code: number | null; signal: string | null }>;
}

/** Starts `serve --supervise` with the engine simulator, or with another Python program in its place. */
async function start(
  tree: ProfileTree,
  options: { engine?: string; env?: Record<string, string>; command?: readonly string[] } = {},
): Promise<Supervised> {
  tree.put('org/model/one.yaml', PROFILE);
  const { engine } = options;
  if (engine !== undefined) {
    for (const folder of ['vllm', 'vllm/entrypoints', 'vllm/entrypoints/openai']) tree.put(`${folder}/__init__.py`, '');
    tree.put('vllm/entrypoints/openai/api_server.py', engine);
  }
  const [port, sidePort] = [await freePort(), await freePort()];
  const env = {
    ...settings(tree, { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '/tmp', HF_HUB_OFFLINE: '1' }),
    PYTHONPATH: engine === undefined ? SIMULATOR : tree.root,
    AIM_PORT: port,
    AIM_SUPERVISE_PORT: sidePort,
    ...options.env,
  };
  const [file = '', ...args] = options.command ?? [EXECUTABLE, 'serve', '--supervise'];
  const child = spawn(file, args, { env });
  running.add(child);
  const texts = { output: '', errors: '' };
  child.stdout.on('data', (data: Buffer) => (texts.output += data.toString()));
  child.stderr.on('data', (data: Buffer) => (texts.errors += data.toString()));
  return {
    child,
    side: async (path) => {
      const response = await fetch(`http://127.0.0.1:${sidePort}${path}`);
      return { status: response.status, text: await response.text() };
    },
    api: `http://127.0.0.1:${port}`,
    output: () => texts.output,
    errors: () => texts.errors,
    ended: new Promise((resolve) =>
      child.once('close', (code, signal) => {
        running.delete(child);
        resolve({ code, signal });
      }),
    ),
  };
}

const statusOf = async (run: Supervised, path: string) => (await run.side(path).catch(() => undefined))?.status;
const phaseOf = async (run: Supervised) => (JSON.parse((await run.side('/status')).text) as { phase: string }).phase;
const becomesReady = (run: Supervised) => expect.poll(() => statusOf(run, '/health/ready'), QUICK).toBe(200);

/** Streams a completion of so many tokens; resolves with the number of events when the whole stream has come. */
async function stream(run: Supervised, tokens: number): Promise<number> {
  const response = await fetch(`${run.api}/v1/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'org/model', prompt: 'Hi', max_tokens: tokens, ignore_eos: true, stream: true }),
  });
  const text = await response.text();
  expect(text.trimEnd().endsWith('data: [DONE]')).toBe(true);
  return text.split('\n').filter((line) => line.startsWith('data: {')).length;
}

describe('serve --supervise', () => {
  it('answers while the engine loads, is ready after the first token, and passes metrics and output on', async () => {
    using tree = new ProfileTree();
    const run = await start(tree, { env: { AIM_SIM_LOAD_SECONDS: '1.5' } });
    await expect.poll(() => statusOf(run, '/health/live'), QUICK).toBe(200);
    expect(await run.side('/health/ready')).toEqual({
      status: 503,
      text: expect.stringContaining('"ready":false') as string,
    });
    await expect.poll(() => phaseOf(run), QUICK).toBe('loading');
    expect((await run.side('/metrics')).status).toBe(503);
    await becomesReady(run);
    expect(JSON.parse((await run.side('/status')).text)).toMatchObject({
      phase: 'ready',
      ready: true,
      model: 'org/model',
      profile: 'one',
      requests: 0,
      engine: { name: 'vllm', pid: expect.any(Number) as number },
      first_token_seconds: expect.any(Number) as number,
    });
    const metrics = await run.side('/metrics');
    expect(metrics.text).toContain('vllm:generation_tokens_total');
    expect(Number(/generation_tokens_total\{.*\} (\S+)/.exec(metrics.text)?.[1])).toBeGreaterThan(0);
    expect((await run.side('/nothing')).status).toBe(404);
    run.child.kill('SIGTERM');
    expect(await run.ended).toEqual({ code: 0, signal: null });
    expect(run.output()).toContain('Application startup complete.');
  });

  it('lets running requests finish before it stops, and is not ready meanwhile', async () => {
    using tree = new ProfileTree();
    const run = await start(tree, { env: { AIM_SIM_TOKENS_PER_SECOND: '20' } });
    await becomesReady(run);
    const streams = Promise.all(Array.from({ length: 20 }, () => stream(run, 40)));
    await expect.poll(async () => (await run.side('/metrics')).text, QUICK).toMatch(/num_requests_running\{.*\} 20/);
    run.child.kill('SIGTERM');
    await expect.poll(() => statusOf(run, '/health/ready'), QUICK).toBe(503);
    expect(await statusOf(run, '/health/live')).toBe(200);
    expect(await phaseOf(run)).toBe('draining');
    for (const events of await streams) expect(events).toBeGreaterThanOrEqual(40);
    expect(await run.ended).toEqual({ code: 0, signal: null });
  });

  it('stops waiting after AIM_DRAIN_SECONDS, or at a second signal', async () => {
    using tree = new ProfileTree();
    const slow = { AIM_SIM_TOKENS_PER_SECOND: '1' };
    for (const [env, signals] of [
      [{ ...slow, AIM_DRAIN_SECONDS: '1' }, 1],
      [slow, 2],
    ] as const) {
      const run = await start(tree, { env });
      await becomesReady(run);
      const cut = stream(run, 60).then(
        () => 'whole',
        () => 'cut',
      );
      await expect.poll(async () => (await run.side('/metrics')).text, QUICK).toMatch(/num_requests_running\{.*\} 1/);
      run.child.kill('SIGTERM');
      await expect.poll(() => phaseOf(run), QUICK).toBe('draining');
      if (signals === 2) run.child.kill('SIGTERM');
      expect((await run.ended).code).toBe(0);
      expect(await cut).toBe('cut');
      expect(run.errors()).toMatch(/draining ended with 1 requests left/);
    }
  });

  it('ends at once when it is asked to before the engine is ready', async () => {
    using tree = new ProfileTree();
    const run = await start(tree, { env: { AIM_SIM_LOAD_SECONDS: '60' } });
    await expect.poll(() => run.output(), QUICK).toContain('Loading model weights');
    run.child.kill('SIGTERM');
    expect((await run.ended).code).toBe(0);
    expect(run.errors()).not.toContain('draining');
  });

  it('kills an engine that does not end, and passes other signals on', async () => {
    using tree = new ProfileTree();
    const engine = `import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
signal.signal(signal.SIGHUP, lambda *_: print("got HUP", flush=True))
print("up", flush=True)
while True: time.sleep(1)`;
    const run = await start(tree, { engine });
    await expect.poll(() => run.output(), QUICK).toContain('up');
    run.child.kill('SIGHUP');
    await expect.poll(() => run.output(), QUICK).toContain('got HUP');
    run.child.kill('SIGTERM');
    expect((await run.ended).code).toBe(137);
  });

  it('says with what last lines the engine died at its start', async () => {
    using tree = new ProfileTree();
    const engine = `import sys
for n in range(100): print("line", n)
print("RuntimeError: HIP out of memory. token hf_abcdefgh12345678", file=sys.stderr)
sys.exit(1)`;
    const run = await start(tree, { engine, env: { AIM_LOG_LEVEL: 'CRITICAL' } });
    expect((await run.ended).code).toBe(8);
    const [, report = ''] = run.errors().split('aim-runtime: error: ');
    expect(report).toMatch(/^the inference engine ended before it was ready: exit status 1\n/);
    expect(report).toContain('HIP out of memory');
    expect(report).toContain('line 99');
    expect(report).not.toContain('line 80');
    expect(report).not.toContain('hf_abcdefgh12345678');
  });

  it('ends as the engine does when that dies later', async () => {
    using tree = new ProfileTree();
    const run = await start(tree);
    await becomesReady(run);
    const { engine } = JSON.parse((await run.side('/status')).text) as { engine: { pid: number } };
    process.kill(engine.pid, 'SIGKILL');
    expect((await run.ended).code).toBe(137);
    expect(run.errors()).toMatch(/ended unexpectedly: signal SIGKILL/);
  });

  it('never takes an end unasked for a success', async () => {
    using tree = new ProfileTree();
    const engine = `from vllm_sim import main
`;
    tree.put('vllm_sim.py', healthyEngine('threading.Timer(2, lambda: os._exit(0)).start()'));
    const run = await start(tree, { engine });
    await becomesReady(run);
    expect((await run.ended).code).toBe(1);
  });

  it('waits for a token, not for health', async () => {
    using tree = new ProfileTree();
    tree.put('vllm_sim.py', healthyEngine('', 503));
    const run = await start(tree, { engine: 'from vllm_sim import main\n' });
    await expect.poll(() => phaseOf(run).catch(() => ''), QUICK).toBe('warming');
    expect(await statusOf(run, '/health/ready')).toBe(503);
  });

  it('reports a start that cannot be prepared as serve does', async () => {
    using tree = new ProfileTree();
    const wrong = await start(tree, { env: { AIM_PRECISION: 'int4' } });
    expect((await wrong.ended).code).toBe(4);
    const ports = await start(tree, { env: { AIM_SUPERVISE_PORT: '9', AIM_PORT: '9' } });
    expect((await ports.ended).code).toBe(2);
    expect(ports.errors()).toContain('AIM_PORT and AIM_SUPERVISE_PORT are both 9');
    const text = await start(tree, { env: { AIM_DRAIN_SECONDS: 'soon' } });
    expect((await text.ended).code).toBe(2);
    expect(text.errors()).toContain('AIM_DRAIN_SECONDS=soon is not a whole number');
  });

  it('says that its port is taken', async () => {
    using tree = new ProfileTree();
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, resolve));
    const { port } = server.address() as AddressInfo;
    const run = await start(tree, { env: { AIM_SUPERVISE_PORT: String(port) } });
    expect((await run.ended).code).toBe(2);
    expect(run.errors()).toMatch(/the side port \d+ cannot be used/);
    server.close();
  });

  it('is what AIM_SUPERVISE=true means', async () => {
    using tree = new ProfileTree();
    const run = await start(tree, { env: { AIM_SUPERVISE: 'true' }, command: [EXECUTABLE] });
    await becomesReady(run);
    run.child.kill('SIGINT');
    expect((await run.ended).code).toBe(0);
  });

  it.runIf(canUnshare)('leaves no zombie as process 1 of a container', async () => {
    using tree = new ProfileTree();
    const orphans = `for _ in range(5):
    if os.fork() == 0:
        if os.fork() == 0: time.sleep(0.3)
        os._exit(0)
    os.wait()
threading.Timer(1.5, lambda: print("STATES", [open(f"/proc/{p}/stat").read().rsplit(") ", 1)[1][0] for p in os.listdir("/proc") if p.isdigit()], flush=True)).start()`;
    tree.put('vllm_sim.py', healthyEngine(orphans));
    const command = ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc', EXECUTABLE, 'serve', '--supervise'];
    const run = await start(tree, { engine: 'from vllm_sim import main\n', command });
    await expect.poll(() => run.output(), QUICK).toContain('STATES');
    const states = run.output().slice(run.output().indexOf('STATES'));
    expect(states).toMatch(/'[SR]'/);
    expect(states).not.toContain("'Z'");
    run.child.kill('SIGKILL'); // unshare ignores SIGTERM, and takes its process 1 with it
    await run.ended;
  });
});

/** Program with the three pages that supervision asks for, and something else to do. */
function healthyEngine(more: string, tokenStatus = 200): string {
  return `import http.server, os, sys, threading, time
class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self, status, body):
        self.send_response(status); self.end_headers(); self.wfile.write(body)
    def do_GET(self): self.answer(200, b"ok")
    def do_POST(self): self.answer(${tokenStatus}, b'{"choices":[{"text":"x"}]}')
    def log_message(self, *_): pass
main = None
${more}
http.server.ThreadingHTTPServer(("", int(sys.argv[sys.argv.index("--port") + 1])), Handler).serve_forever()
`;
}
