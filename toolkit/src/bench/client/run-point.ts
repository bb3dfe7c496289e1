import { validateHeaderName, validateHeaderValue } from 'node:http';
import { planSource } from '../load/source.ts';
import type { RequestSource } from '../load/request.ts';
import type { ClientEvent, ClientRequest } from '../client-protocol.ts';
import { Crew } from './crew.ts';
import { summariseHealth } from './health.ts';
import { COUNTERS } from './messages.ts';
import { chooseThreads, computeLookahead, computeSlots, computeWarmupSlots, planSchedule, shareSlots } from './plan.ts';
import { estimateTokens, preparePromptMaker } from './prompts.ts';
import { startGpuSampling, startMetricsSampling } from './sampling.ts';
import { createServerApi, type ServerApi } from './server-api.ts';
import { TaskFeed } from './task-feed.ts';

export interface RunOptions {
  /** Module of the sending threads. */
  readonly entry: URL;
  readonly cores: number;
  /** Environment of the programs that are started. */
  readonly env: NodeJS.ProcessEnv;
  /** Reads a dataset's file. */
  readonly readText: (path: string) => string;
  readonly emit: (event: ClientEvent) => void;
  /** Events that are JSON lines already. */
  readonly emitLines: (lines: string) => void;
  readonly signal: AbortSignal;
}

const PROGRESS_MS = 500;

interface Sources {
  readonly warmup: RequestSource;
  readonly measured: RequestSource;
}

/** What one run of a point holds while it lasts. */
interface Run {
  readonly request: ClientRequest;
  readonly options: RunOptions;
  readonly api: ServerApi;
  readonly crew: Crew;
  readonly threads: number;
  readonly now: () => number;
}

/**
 * Runs one point: prompts, warm-up, measured requests; records and health come at the end. @throws Error when the point
 * cannot be run or was ended from outside
 */
export async function runPoint(request: ClientRequest, options: RunOptions): Promise<void> {
  const { point, baseUrl, headers = {} } = request;
  for (const [name, value] of Object.entries(headers)) {
    validateHeaderName(name);
    validateHeaderValue(name, value); // its message does not tell the value
  }
  const api = createServerApi({ baseUrl, model: point.model, headers });
  try {
    const sources = await planSources(request, api, options);
    planSchedule(point, sources.measured); // fails before anything is sent
    const prefixCacheReset = request.resetPrefixCache && (await api.resetPrefixCache());
    const threads = countThreads(request, options.cores);
    const zeroMs = Number(process.hrtime.bigint()) / 1e6;
    const epochMs = Date.now();
    const counters = new SharedArrayBuffer(Object.keys(COUNTERS).length * Int32Array.BYTES_PER_ELEMENT);
    options.emit({ type: 'started', epochMs, monotonicMs: zeroMs, prefixCacheReset });
    const now = () => Number(process.hrtime.bigint()) / 1e6 - zeroMs;
    const crew = await Crew.start({
      entry: options.entry,
      threads,
      setup: {
        baseUrl,
        headers,
        counters,
        endpoint: point.endpoint,
        model: point.model,
        requestTimeoutMs: point.requestTimeoutMs,
        keepText: request.keepText,
        zeroMonotonicMs: zeroMs,
        thinkTimeMs: point.dataset.kind === 'multi-turn' ? point.dataset.thinkTimeMs : 0,
        lookahead: computeLookahead(point.dataset, shareSlots(computeSlots(point.load), 0, threads)),
      },
    });
    const ticker = startProgress(counters, options.emit, now);
    try {
      await runPhases({ request, options, api, crew, threads, now }, sources);
    } finally {
      clearInterval(ticker);
      await crew.close();
    }
  } finally {
    await api.close();
  }
}

async function runPhases(run: Run, sources: Sources): Promise<void> {
  const { request, options, crew, now, threads } = run;
  const { point } = request;
  const interrupted = whenAborted(options.signal);
  const parts = { ...run, emit: options.emit };
  if (point.warmupRequests > 0) {
    const arrivals = Math.ceil(point.warmupRequests / sources.warmup.turnsPerRequest);
    const schedule = { arrivals, dueMs: undefined, durationMs: null };
    const feed = new TaskFeed({ point, source: sources.warmup, schedule, threads });
    const slots = Math.max(threads, computeWarmupSlots(point));
    const warm = crew.run({ name: 'warmup', paced: false }, { feed, slots, durationMs: null, now });
    await Promise.race([warm, interrupted]);
  }
  const gpu = startGpuSampling({ command: request.amdSmi, env: options.env }, parts);
  const metrics = startMetricsSampling(request.metricsIntervalMs, parts);
  try {
    const schedule = planSchedule(point, sources.measured);
    const feed = new TaskFeed({ point, source: sources.measured, schedule, threads });
    const paced = schedule.dueMs !== undefined;
    await metrics.sample();
    const cpuBefore = process.cpuUsage();
    const slots = computeSlots(point.load);
    const measured = crew.run({ name: 'measured', paced }, { feed, slots, durationMs: schedule.durationMs, now });
    const fromMs = await Promise.race([measured, interrupted]);
    const { user, system } = process.cpuUsage(cpuBefore);
    await metrics.sample();
    metrics.stop(); // nothing may come after the last event
    gpu.stop();
    const collected = await Promise.race([crew.collect(options.emitLines), interrupted]);
    const toMs = Math.max(fromMs, ...collected.map(({ lastEndMs }) => lastEndMs ?? 0));
    const health = summariseHealth(
      collected.map((part) => part.health),
      (user + system) / 1000,
    );
    options.emit({ type: 'done', fromMs, toMs, health });
  } finally {
    metrics.stop();
    gpu.stop();
  }
}

async function planSources(request: ClientRequest, api: ServerApi, { readText }: RunOptions): Promise<Sources> {
  const { point } = request;
  const maker = await preparePromptMaker(point, api);
  const text = 'path' in point.dataset ? readText(point.dataset.path) : '';
  const options = { maker, text, countTokens: estimateTokens };
  return { warmup: planSource(point, 'warmup', options), measured: planSource(point, 'measured', options) };
}

function countThreads({ workers, point }: ClientRequest, cores: number): number {
  const slots = computeSlots(point.load) ?? Infinity;
  return Math.max(1, Math.min(workers > 0 ? workers : chooseThreads(point, cores), slots));
}

function startProgress(counters: SharedArrayBuffer, emit: RunOptions['emit'], now: () => number): NodeJS.Timeout {
  const values = new Int32Array(counters);
  const read = (name: keyof typeof COUNTERS) => Atomics.load(values, COUNTERS[name]);
  return setInterval(() => {
    emit({ type: 'progress', sent: read('sent'), done: read('done'), failed: read('failed'), atMs: now() });
  }, PROGRESS_MS);
}

function whenAborted(signal: AbortSignal): Promise<never> {
  const interrupted = new Promise<never>((_, reject) => {
    const fail = () => {
      reject(new Error('ended from outside before the point was done'));
    };
    if (signal.aborted) fail();
    else signal.addEventListener('abort', fail, { once: true });
  });
  interrupted.catch(() => undefined); // seen where it is raced
  return interrupted;
}
