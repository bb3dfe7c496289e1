import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { writeGpuTree } from '../../../runtime/scripts/lib/gpu-tree.ts';
import { ensureUpstreamImage } from '../../../demo/upstream-image.ts';
import { readHost } from '../../../scripts/host.ts';
import { aimctl, type Run, type RunOptions } from '../integration/engine.ts';

const REPOSITORY = join(import.meta.dirname, '../../..');

/** A host with simulated GPUs and real images, whose engine is a simulator. */
export interface EndpointHost {
  readonly namespace: string;
  readonly cacheDir: string;
  readonly env: Readonly<Record<string, string>>;
  readonly images: readonly string[];
  readonly run: (args: readonly string[], options?: RunOptions) => Promise<Run>;
  readonly remove: () => void;
}

/** Builds the images of `models` and writes the files of a host with `cards` MI300X. */
export async function createEndpointHost(models: readonly string[], cards: number): Promise<EndpointHost> {
  const folder = mkdtempSync(join(tmpdir(), 'aim-endpoints-'));
  const namespace = `aim-endpoints-${process.pid}`;
  const { sys, dev } = writeGpuTree(folder, { cards, partitions: 1 });
  const cacheDir = join(folder, 'cache');
  const env = { AIM_SYSFS_ROOT: sys, AIM_DEV_ROOT: dev, AIM_CACHE_PATH: cacheDir, AIMCTL_REGISTRY: namespace };
  const upstream = await ensureUpstreamImage(readHost(process.env), join(REPOSITORY, 'demo/engine-simulator'));
  const images: string[] = [];
  for (const args of [['build-base', '--base', upstream], ...models.map((model) => ['build-model', model])]) {
    const { status, stdout, stderr } = await aimctl([...args, '--json'], { env });
    if (status !== 0) throw new Error(stderr + stdout);
    images.push((JSON.parse(stdout) as { images: { reference: string }[] }).images[0]?.reference ?? '');
  }
  return {
    ...{ namespace, cacheDir, env, images },
    run: (args, options = {}) => aimctl(args, { ...options, env: { ...env, ...options.env } }),
    remove: () => {
      docker('rmi', '--force', ...images);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export function docker(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync('docker', args, { encoding: 'utf8', maxBuffer: 1 << 28 });
  return { status, stdout, stderr };
}

/** Hands an image of this engine to another one. */
export function copyImages(images: readonly string[], host: string): Promise<number | null> {
  const save = spawn('docker', ['save', ...images], { stdio: ['ignore', 'pipe', 'inherit'] });
  const load = spawn('docker', ['--host', host, 'load'], { stdio: [save.stdout, 'ignore', 'inherit'] });
  return new Promise((resolve) => load.on('close', resolve));
}

/**
 * Puts a Python package `vllm` into the model cache that stands before the simulator's: `source` runs in its place
 * when the container gets `--env PYTHONPATH=<result>`.
 */
export function writeFakeEngine(cacheDir: string, source: string): string {
  for (const name of ['__init__', 'entrypoints/__init__', 'entrypoints/openai/__init__']) put(`${name}.py`, '');
  put('entrypoints/openai/api_server.py', source);
  return '/workspace/model-cache/fake';

  function put(name: string, text: string): void {
    const path = join(cacheDir, 'fake/vllm', name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
}

/** Python that goes on as the simulator. */
export const BECOME_SIMULATOR =
  "os.environ['PYTHONPATH'] = '/opt/engine-simulator'\n" +
  "os.execvp('python3', ['python3', '-m', 'vllm.entrypoints.openai.api_server', *sys.argv[1:]])\n";

/** How a streamed request ended. */
export type StreamEnd = 'complete' | 'cut';

/** Sends one streamed request; complete when the last event came. */
export function stream(url: string, model: string, maxTokens: number): Promise<StreamEnd> {
  const body = JSON.stringify({ model, prompt: 'Go on', max_tokens: maxTokens, ignore_eos: true, stream: true });
  return new Promise((resolve) => {
    const call = request(`${url}/v1/completions`, { method: 'POST', agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text = (text + chunk).slice(-40)));
      response.on('error', () => resolve('cut'));
      response.on('close', () => resolve(text.includes('data: [DONE]') ? 'complete' : 'cut'));
    });
    call.setHeader('content-type', 'application/json');
    call.setHeader('content-length', Buffer.byteLength(body));
    call.on('error', () => resolve('cut'));
    call.end(body);
  });
}
