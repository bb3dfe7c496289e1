import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { EndpointReport } from '../../src/engine/observe.ts';
import type { LaunchResult } from '../../src/engine/launch.ts';
import { readMetrics } from '../../src/engine/metrics.ts';
import { checkedJson, REPOSITORY } from '../lib/aimctl.ts';
import { BECOME_SIMULATOR, createEndpointHost, docker, stream, writeFakeEngine } from '../lib/endpoint-host.ts';
import type { EndpointHost } from '../lib/endpoint-host.ts';
import { findTestEngine, type Run, type RunOptions } from './engine.ts';

const MODEL = 'meta-llama/Llama-3.1-8B-Instruct';
const TOKEN = 'hf_thisisatokenthatnobodymaysee';
const LOCAL = ['--bind', '127.0.0.1'];

describe.skipIf((await findTestEngine()) === undefined)('endpoints of a host', () => {
  let host: EndpointHost;
  const run = (args: readonly string[], options?: RunOptions): Promise<Run> => host.run(args, options);
  const launch = async (...args: string[]): Promise<LaunchResult> => {
    const outcome = await run(['launch', MODEL, ...LOCAL, ...args, '--json']);
    expect(outcome.status, outcome.stderr + outcome.stdout).toBe(0);
    return checkedJson('launch', outcome) as LaunchResult;
  };
  const list = async (): Promise<readonly EndpointReport[]> => {
    const outcome = await run(['list', '--format', 'json']);
    const { endpoints } = checkedJson('list', outcome) as { endpoints: EndpointReport[] };
    return endpoints.filter(({ image }) => host.images.includes(image));
  };
  const failing = async (...args: string[]): Promise<{ status: number | null; message: string; details: string[] }> => {
    const outcome = await run(['launch', MODEL, ...LOCAL, ...args, '--json']);
    const { error } = checkedJson('error', outcome) as { error: { message: string; details: string[] } };
    expect(docker('ps', '--all', '--quiet', '--filter', `ancestor=${host.images[1] ?? ''}`).stdout).toBe('');
    return { status: outcome.status, ...error };
  };

  beforeAll(async () => {
    host = await createEndpointHost([MODEL], 8);
  });
  afterEach(async () => {
    for (const { name } of await list()) docker('rm', '--force', name);
  });
  afterAll(() => host.remove());

  it('serves a model and says so phase by phase, without ever showing the token', async () => {
    const outcome = await run(['launch', MODEL, ...LOCAL], { env: { HF_TOKEN: TOKEN } });
    expect(outcome.status, outcome.stderr).toBe(0);
    const phases = ['input', 'detection', 'selection', 'configuration', 'container', 'readiness', 'test', 'success'];
    for (const [index, phase] of phases.entries()) expect(outcome.stderr).toMatch(`[${index + 1}/8] ${phase}: `);
    expect(outcome.stderr).toContain('loading weights');
    expect(outcome.stdout).toMatch(/curl http:\/\/127\.0\.0\.1:\d+\/v1\/chat\/completions/);
    expect(outcome.stdout).toMatch(/Test: \d+ tokens in [\d.]+ s, [\d.]+ tokens\/s/);
    const [endpoint] = await list();
    const name = endpoint?.name ?? '';
    expect(name).toBe('aim-engine-meta-llama-llama-3.1-8b-instruct-1gpu-fp16-vllm');
    const inspect = (format: string) => docker('inspect', '--format', format, name).stdout.trim();
    expect(inspect('{{json .Config.Env}}')).toContain(`HF_TOKEN=${TOKEN}`);
    expect(inspect('{{json .Config.Labels}}')).not.toContain(TOKEN);
    expect(inspect('{{.HostConfig.RestartPolicy.Name}}')).toBe('unless-stopped');
    expect(outcome.stdout + outcome.stderr).not.toContain(TOKEN);
    const logs = await run(['logs', MODEL, '--tail', '200', '--json']);
    expect((checkedJson('logs', logs) as { lines: string[] }).lines.join('\n')).toContain(
      'Application startup complete',
    );
  });

  it('gives endpoints that are launched at the same time their own GPUs, ports and names', async () => {
    const made = await Promise.all([launch('2'), launch('2', '--no-test'), launch('1', '--detach')]);
    const gpus = made.flatMap((endpoint) => endpoint.gpus);
    expect(gpus).toHaveLength(5);
    expect(new Set(gpus).size).toBe(5);
    expect(new Set(made.map(({ port }) => port)).size).toBe(3);
    expect(new Set(made.map(({ name }) => name)).size).toBe(3);
    expect(made.map(({ test }) => test === null)).toEqual([false, true, true]);
    expect(made[2].state).toBe('started');
    const full = await failing4(5);
    expect(full.message).toContain('3 x MI300X free');
    const status = await run(['status', made[0].name, '--json']);
    const report = checkedJson('status', status) as { endpoints: (EndpointReport & { gpuMemory: object[] })[] };
    expect(report.endpoints).toMatchObject([
      { health: 'ready', load: { running: 0, waiting: 0 }, gpuMemory: [{}, {}] },
    ]);
    const stopped = await run(['stop', MODEL, '--json']);
    const { stopped: ended } = checkedJson('stop', stopped) as { stopped: { drain: string }[] };
    expect(ended).toHaveLength(3);
    expect(await list()).toEqual([]);
  });
  /** A profile that needs more GPUs than are free. */
  const failing4 = async (used: number): Promise<{ message: string }> => {
    const outcome = await run(['launch', MODEL, '8', '--profile', 'vllm-mi300x-fp16-tp8-latency', '--json']);
    expect(outcome.status, `with ${used} GPUs in use`).toBe(4);
    return (checkedJson('error', outcome) as { error: { message: string } }).error;
  };

  it('keeps settings over a restart, and starts again what was kept', async () => {
    const made = await launch('2', '--engine-args', '{"max-num-seqs": 7}', '--name', 'kept-endpoint');
    expect(made.name).toBe('kept-endpoint');
    const restarted = checkedJson('restart', await run(['restart', 'kept-endpoint', '--json']));
    expect(restarted).toMatchObject({ restarted: [{ name: 'kept-endpoint', url: made.url, drain: 'idle' }] });
    expect((await run(['stop', 'kept-endpoint', '--keep'])).status).toBe(0);
    expect(await list()).toMatchObject([{ health: 'stopped', detail: null, uptimeSeconds: null }]);
    expect((await run(['restart', 'kept-endpoint'])).status).toBe(0);
    const [again] = await list();
    expect(again).toMatchObject({ health: 'ready', gpus: made.gpus, port: made.port, profile: made.profile.id });
    expect((await run(['logs', 'kept-endpoint'])).stdout).toContain('--max-num-seqs 7');
  });

  it('drains 1,000 streaming requests without dropping one', async () => {
    const settings = ['--env', 'AIM_SIM_TOKENS_PER_SECOND=3', '--engine-args', '{"max-num-seqs": 1000}'];
    const { url, name } = await launch('1', '--no-test', ...settings);
    const requests = Array.from({ length: 1000 }, () => stream(url, MODEL, 60));
    const inFlight = async () => (await readMetrics(url, 10_000))?.running;
    await expect.poll(inFlight, { timeout: 18_000 }).toBe(1000);
    const stopped = await run(['stop', name, '--drain', '120', '--json']);
    expect(checkedJson('stop', stopped)).toMatchObject({ stopped: [{ drain: 'idle', removed: true }] });
    const ends = await Promise.all(requests);
    expect(ends.filter((end) => end === 'complete')).toHaveLength(1000);
  });

  it('leaves draining to the container when that watches over its engine', async () => {
    const { url, name } = await launch('1', '--no-test', '--supervise', '--env', 'AIM_SIM_TOKENS_PER_SECOND=20');
    const requests = [stream(url, MODEL, 60), stream(url, MODEL, 60)];
    await expect.poll(async () => (await readMetrics(url, 1000))?.running).toBe(2);
    const stopped = await run(['stop', name, '--json']);
    expect(checkedJson('stop', stopped)).toMatchObject({ stopped: [{ drain: 'supervised', removed: true }] });
    expect(await Promise.all(requests)).toEqual(['complete', 'complete']);
  });

  it('cuts requests off when they take longer than --drain', async () => {
    const { url, name } = await launch('1', '--no-test', '--env', 'AIM_SIM_TOKENS_PER_SECOND=1');
    const request = stream(url, MODEL, 500);
    while ((await readMetrics(url, 1000))?.running !== 1) await sleep(50);
    const stopped = await run(['stop', name, '--drain', '1', '--json']);
    expect(checkedJson('stop', stopped)).toMatchObject({ stopped: [{ drain: 'limit' }] });
    expect(await request).toBe('cut');
  });

  it('says why an engine that dies at start did, and leaves nothing', async () => {
    const line = 'OSError: You are trying to access a gated repo. Request access.';
    mkdirSync(host.cacheDir, { recursive: true });
    const path = writeFakeEngine(
      host.cacheDir,
      `print("INFO loading")\nprint(${JSON.stringify(line)})\nraise SystemExit(1)\n`,
    );
    const failed = await failing('--env', `PYTHONPATH=${path}`);
    expect(failed).toMatchObject({
      status: 5,
      message: 'the engine ended: the model is gated and this token has no access to it',
    });
    expect(failed.details).toContain(line);
  });

  it('tries the next choice when the memory of the GPUs is not enough, and says so', async () => {
    const source = `import os, sys\nif os.environ['AIM_GPU_COUNT'] == '1' and 'float16' in sys.argv:\n  print('torch.OutOfMemoryError: HIP out of memory.')\n  sys.exit(1)\n${BECOME_SIMULATOR}`;
    const path = writeFakeEngine(host.cacheDir, source);
    const outcome = await run(['launch', MODEL, ...LOCAL, '--env', `PYTHONPATH=${path}`, '--no-test']);
    expect(outcome.status, outcome.stderr).toBe(0);
    expect(outcome.stderr).toContain(
      'profile vllm-mi300x-fp16-tp1-latency: the memory of the GPUs is not enough; trying the next choice',
    );
    const [endpoint, ...others] = await list();
    expect(others).toEqual([]);
    expect([endpoint?.gpus.length, endpoint?.precision]).not.toEqual([1, 'fp16']);
  });

  it('gives up on an engine that never becomes ready, and says what it was doing', async () => {
    const failed = await failing('--env', 'AIM_SIM_LOAD_SECONDS=600', '--timeout', '3');
    expect(failed.status).toBe(4);
    expect(failed.message).toBe('the engine is not ready after 3 s; it is loading weights');
  });

  it('names who has a port, and what is missing for an image', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const taken = await failing('--port', String(port));
    server.close();
    expect(taken).toMatchObject({ status: 4, message: `port ${port} is taken by another program` });
    const missing = await run(['launch', MODEL, '--json'], { env: { AIMCTL_REGISTRY: '' } });
    expect(missing.status).toBe(4);
    expect(missing.stdout).toContain(`Build it with aimctl build-model ${MODEL}`);
    const wrong = await failing('--engine-args', '{"max-num-sequences": 4}');
    expect(wrong.status).toBe(2);
  });

  it('leaves nothing when it is interrupted', async () => {
    let interrupted = false;
    const outcome = await run(['launch', MODEL, ...LOCAL, '--env', 'AIM_SIM_LOAD_SECONDS=600'], {
      onStderr: (text, kill) => {
        if (!interrupted && text.includes('loading weights')) kill('SIGINT');
        interrupted ||= text.includes('loading weights');
      },
    });
    expect(outcome.status).toBe(130);
    expect(await list()).toEqual([]);
  });

  it('shows why an endpoint ended and what one is doing that starts', async () => {
    await launch('1', '--detach', '--env', 'AIM_SIM_LOAD_SECONDS=600', '--name', 'starting-endpoint');
    await launch('1', '--no-test', '--name', 'dead-endpoint');
    docker('kill', 'dead-endpoint');
    await expect.poll(list, { timeout: 10_000 }).toMatchObject([
      { name: 'dead-endpoint', health: 'stopped', detail: expect.stringContaining('killed (SIGKILL)') as string },
      { name: 'starting-endpoint', health: 'starting', detail: 'loading weights' },
    ]);
  });

  it('serves a model that has only the base image with the profile it needs', async () => {
    const outcome = await run(['launch', 'Qwen/Qwen3-32B', '1', ...LOCAL, '--precision', 'fp16', '--json']);
    expect(outcome.status, outcome.stderr).toBe(0);
    const made = checkedJson('launch', outcome) as LaunchResult;
    expect(made).toMatchObject({
      image: host.images[0],
      profile: { id: 'vllm-mi300x-fp16-tp1-latency', layer: 'model' },
    });
    expect((await run(['logs', made.name])).stdout).toMatch(/selected profile vllm-mi300x-fp16-tp1-latency/);
  });

  it('serves a recipe', async () => {
    const recipe = join(REPOSITORY, 'recipes/llama-3-1-405b-mi300x-fp8.yaml');
    const args = ['meta-llama/Llama-3.1-405B-Instruct', '8', '--precision', 'fp8', '--recipe', recipe];
    const outcome = await run(['launch', ...args, ...LOCAL, '--json']);
    expect(outcome.status, outcome.stderr).toBe(0);
    const { name, profile } = checkedJson('launch', outcome) as LaunchResult;
    expect(profile.layer).toBe('custom');
    const log = (await run(['logs', name])).stdout;
    expect(log).toContain(`selected profile ${profile.id}`);
    expect(log).toContain('--max-num-seqs 64');
  });
});
