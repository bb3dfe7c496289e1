import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { AMD_SMI_WATCH_ARGS, createAmdSmiReader } from '../server/amd-smi.ts';
import { parseMetricsText } from '../server/metrics-text.ts';
import type { ClientEvent } from '../client-protocol.ts';
import type { ServerApi } from './server-api.ts';

export interface SamplingParts {
  readonly api: ServerApi;
  readonly emit: (event: ClientEvent) => void;
  /** The point's clock. */
  readonly now: () => number;
}

export interface Sampler {
  /** One more sample, now. */
  sample(): Promise<void>;
  stop(): void;
}

/** Reads the server's `/metrics` in this rhythm; the time of a sample is the middle of its request. */
export function startMetricsSampling(intervalMs: number, { api, emit, now }: SamplingParts): Sampler {
  if (intervalMs <= 0) return { sample: () => Promise.resolve(), stop: () => undefined };
  let silent = false;
  let stopped = false;
  const sample = async () => {
    const fromMs = now();
    const text = await api.fetchMetrics();
    if (text === undefined) silent = true;
    else if (!stopped)
      emit({ type: 'metrics', sample: { atMs: (fromMs + now()) / 2, values: parseMetricsText(text) } });
  };
  let running = false;
  const timer = setInterval(() => {
    if (running || silent) return;
    running = true;
    void sample().finally(() => {
      running = false;
    });
  }, intervalMs);
  return {
    sample: async () => {
      silent = false;
      await sample();
    },
    stop: () => {
      stopped = true;
      clearInterval(timer);
    },
  };
}

/** Follows amd-smi's watch with this command; a GPU tool that is missing or fails leaves only its samples out. */
export function startGpuSampling(
  { command, env }: { readonly command: readonly string[]; readonly env: NodeJS.ProcessEnv },
  { emit, now }: Pick<SamplingParts, 'emit' | 'now'>,
): Pick<Sampler, 'stop'> {
  const [file, ...args] = command;
  if (file === undefined) return { stop: () => undefined };
  const reader = createAmdSmiReader();
  let stopped = false;
  const child = spawn(file, [...args, ...AMD_SMI_WATCH_ARGS], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...env, PYTHONUNBUFFERED: '1' },
  });
  child.on('error', () => undefined);
  createInterface({ input: child.stdout }).on('line', (line) => {
    const sample = reader.push(line, now());
    if (sample !== undefined && !stopped) emit({ type: 'gpu', sample });
  });
  return {
    stop: () => {
      const sample = reader.end();
      if (sample !== undefined && !stopped) emit({ type: 'gpu', sample });
      stopped = true;
      child.kill('SIGTERM');
    },
  };
}
