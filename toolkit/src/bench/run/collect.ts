import type { ServerIdentity } from '../host.ts';
import type { BenchResult, PointResult } from '../result.ts';
import { aggregatePoint } from '../summary/aggregate.ts';
import type { JournalEntry } from './journal.ts';
import type { RunPlan } from './plan.ts';
import type { RunStore } from './store.ts';

const UNKNOWN: ServerIdentity = {
  image: null,
  imageDigest: null,
  engine: null,
  engineVersion: null,
  model: null,
  backends: {},
  gpu: null,
  gpuCount: null,
  driver: null,
};

/** The result of a run so far, from what its folder holds. */
export function collectResult(
  plan: RunPlan,
  store: RunStore,
  { tool, finishedAt }: Pick<BenchResult, 'tool' | 'finishedAt'>,
): BenchResult {
  const entries = store.entries();
  const begin = entries.find((entry) => entry.kind === 'begin');
  return {
    schemaVersion: 1,
    ...{ tool, finishedAt },
    startedAt: begin?.at ?? finishedAt,
    host: begin?.host ?? '',
    points: measuredKeys(entries).map(({ key, server }): PointResult => {
      const profile = plan.servers[server]?.subject.profile ?? null;
      return aggregatePoint({ key, profile, identity: findIdentity(entries, server) }, store.repeats(key));
    }),
  };
}

/** Points with at least one repeat, in the order they were begun. */
function measuredKeys(entries: readonly JournalEntry[]): { readonly key: string; readonly server: number }[] {
  const keys = new Map<string, number>();
  for (const entry of entries) {
    if (entry.kind === 'repeat' && !keys.has(entry.key)) keys.set(entry.key, entry.server);
  }
  return [...keys].map(([key, server]) => ({ key, server }));
}

function findIdentity(entries: readonly JournalEntry[], server: number): ServerIdentity {
  return findMeasured(entries, server) ?? findStarted(entries, server) ?? UNKNOWN;
}

/** The server that the first repeat was measured on, and every other one with it; undefined before there is one. */
export function findMeasured(entries: readonly JournalEntry[], server: number): ServerIdentity | undefined {
  const first = entries.findIndex((entry) => entry.kind === 'repeat' && entry.server === server);
  return first < 0 ? undefined : findStarted(entries.slice(0, first), server);
}

/** The server that was started last. */
function findStarted(entries: readonly JournalEntry[], server: number): ServerIdentity | undefined {
  const started = entries.findLast((entry) => entry.kind === 'server' && entry.server === server);
  return started?.kind === 'server' ? started.identity : undefined;
}

const IDENTITY_PARTS = [
  'image',
  'imageDigest',
  'engine',
  'engineVersion',
  'model',
  'gpu',
  'gpuCount',
  'driver',
] as const;

/** What of a server is another thing than before; what was not known of either says nothing. */
export function describeChange(before: ServerIdentity, now: ServerIdentity): string[] {
  const describe = (name: string, was: string | number | null, is: string | number | null) =>
    was === null || is === null || was === is ? [] : [`${name} was ${was}, is ${is}`];
  const backends = Object.entries(before.backends);
  return [
    ...IDENTITY_PARTS.flatMap((name) => describe(name, before[name], now[name])),
    ...backends.flatMap(([name, was]) => describe(`${name} back end`, was, now.backends[name] ?? null)),
  ];
}

/** Servers that are another one than their repeats were measured on: nothing was measured on them since. */
export function findChangedServers(plan: RunPlan, entries: readonly JournalEntry[]): string[] {
  return plan.servers.flatMap(({ subject }, index) => {
    const [measured, started] = [findMeasured(entries, index), findStarted(entries, index)];
    if (measured === undefined || started === undefined) return [];
    return describeChange(measured, started).length > 0 ? [subject.profile ?? 'server'] : [];
  });
}
