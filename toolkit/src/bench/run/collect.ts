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
  const started = entries.findLast((entry) => entry.kind === 'server' && entry.server === server);
  return started?.kind === 'server' ? started.identity : UNKNOWN;
}

/**
 * Servers that were another one after the run was resumed: another image, engine, model or GPU. Their points mix both.
 */
export function findChangedServers(plan: RunPlan, entries: readonly JournalEntry[]): string[] {
  return plan.servers.flatMap(({ subject }, index) => {
    const seen = new Set(
      entries.flatMap((entry) =>
        entry.kind === 'server' && entry.server === index ? [JSON.stringify(entry.identity)] : [],
      ),
    );
    return seen.size > 1 ? [subject.profile ?? 'server'] : [];
  });
}
