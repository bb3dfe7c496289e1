import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { simulateRepeat } from '../../../test/lib/bench-run.ts';
import { failure, type ToolkitErrorCode } from '../../exit-codes.ts';
import { blameEngine } from '../engine-failure.ts';
import type { BenchHost } from '../host.ts';
import type { Workload } from '../run/plan.ts';
import { evaluateCandidate, evaluationFolder, loadEvaluation, type EvaluateDeps } from './evaluate.ts';

const scratch = mkdtempSync(join(tmpdir(), 'aim-evaluate-'));
afterAll(() => rmSync(scratch, { recursive: true }));

const workload: Workload = {
  endpoint: 'completions',
  datasets: [{ kind: 'random', inputLength: 8, outputLength: 8, rangeRatio: 0 }],
  loads: [{ kind: 'concurrency', concurrency: 2 }],
  ...{ requests: 40, durationMs: undefined, warmupRequests: 0, serviceLevel: undefined },
  ...{ seed: 1, requestTimeoutMs: 1000, repeats: { least: 1, most: 1 } },
};

interface Troubles {
  readonly start?: Error;
  readonly measure?: Error;
  readonly isGone?: boolean;
}

/** A host in memory with the troubles of the moment. */
function createHost(troubles: () => Troubles): BenchHost {
  return {
    name: 'memory',
    capacity: () => (troubles().isGone === true ? Promise.reject(fail('environment')) : Promise.resolve(1)),
    close: () => Promise.resolve(),
    start: () => {
      const { start } = troubles();
      if (start !== undefined) return Promise.reject(start);
      return Promise.resolve({
        identity: {
          ...{ image: 'i', imageDigest: null, engine: 'vllm', engineVersion: '1', model: 'm', backends: {} },
          ...{ gpu: null, gpuCount: 1, driver: null },
        },
        measure: ({ point }, onEvent) => {
          const { measure } = troubles();
          if (measure !== undefined) return Promise.reject(measure);
          const plan = { profile: 'p', concurrency: 2, requests: point.requests ?? 4, tokens: 8 };
          for (const event of simulateRepeat(plan, point.repeat).events) onEvent(event);
          return Promise.resolve();
        },
        stop: () => Promise.resolve(),
      });
    },
  };
}
const fail = (code: ToolkitErrorCode) => failure(code, { message: `it went wrong: ${code}` });

function open(troubles: () => Troubles) {
  const folder = mkdtempSync(join(scratch, 'tune-'));
  const path = join(folder, 'k.yaml');
  writeFileSync(path, 'x');
  const deps: EvaluateDeps = {
    ...{ folder, workload, host: createHost(troubles), metric: 'throughput', requiredShare: 0.99 },
    toRequest: () => ({ env: {}, gpuCount: 0, readyTimeoutMs: 1 }),
    client: { workers: 0, metricsIntervalMs: 0, keepText: false, resetPrefixCache: false },
    tool: { name: 'aimctl', version: '1' },
    signal: new AbortController().signal,
    events: { phase: () => undefined, requests: () => undefined, repeated: () => undefined, failed: () => undefined },
    nowIso: () => '2026-01-01T00:00:00.000Z',
  };
  return { folder, evaluate: () => evaluateCandidate({ key: 'k', path }, 'full', deps) };
}

describe('a candidate', () => {
  it.each<[string, Troubles]>([
    ['whose helper was gone', { start: fail('environment') }],
    ['whose image could not be pulled', { start: fail('remote') }],
    ['whose container was removed', { measure: fail('environment') }],
    ['whose client was lost with the connection', { measure: fail('remote'), isGone: true }],
    ['whose engine ended with the connection', { measure: blameEngine(fail('environment')), isGone: true }],
  ])('%s has no result, and is measured when the search is resumed', async (_, once) => {
    let troubles = once;
    const { folder, evaluate } = open(() => troubles);
    await expect(evaluate()).rejects.toThrow('it went wrong');
    expect(loadEvaluation(folder, 'k', 'full')).toBeUndefined();
    expect(existsSync(join(evaluationFolder(folder, 'k', 'full'), 'evaluation.json'))).toBe(false);
    troubles = {};
    expect((await evaluate()).score).toBeGreaterThan(0);
    expect(loadEvaluation(folder, 'k', 'full')?.score).toBeGreaterThan(0);
  });

  it.each<[string, Troubles]>([
    ['whose engine ended', { start: blameEngine(fail('environment')) }],
    ['whose engine ended while it was measured', { measure: blameEngine(fail('usage')) }],
    ['whose engine the load client could not measure', { measure: fail('remote') }],
    ['that a cluster could not run', { measure: fail('check-failed') }],
  ])('%s failed, and is not tried again', async (_, troubles) => {
    const { folder, evaluate } = open(() => troubles);
    const found = await evaluate();
    expect(found).toEqual({ score: null, reason: expect.stringContaining('it went wrong') as string });
    expect(loadEvaluation(folder, 'k', 'full')).toEqual(found);
  });
});
