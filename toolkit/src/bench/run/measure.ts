import type { ClientEvent } from '../client-protocol.ts';
import type { RunningServer } from '../host.ts';
import { summariseRepeat } from '../summary/summarise-repeat.ts';
import { failure } from '../../exit-codes.ts';
import { toSpec, type PlannedPoint, type Workload } from './plan.ts';
import { repeatFiles, type RunStore } from './store.ts';

/** How the load client is run. */
export interface ClientSettings {
  /** Threads that send; 0 lets the client choose. */
  readonly workers: number;
  readonly metricsIntervalMs: number;
  readonly keepText: boolean;
  readonly resetPrefixCache: boolean;
}

export interface MeasureOptions {
  readonly workload: Workload;
  readonly point: PlannedPoint;
  readonly repeat: number;
  /** Number of the server in the plan. */
  readonly server: number;
  readonly client: ClientSettings;
  readonly store: RunStore;
  readonly signal: AbortSignal;
  readonly nowIso: () => string;
  readonly onProgress: (progress: Extract<ClientEvent, { type: 'progress' }>) => void;
}

/** Measures one repeat of a point and keeps it. @throws AimError when client, server or disk fails */
export async function measureRepeat(running: RunningServer, options: MeasureOptions): Promise<void> {
  const { workload, point, repeat, server, client, store, signal } = options;
  const { model } = running.identity;
  if (model === null) throw failure('remote', { message: 'the server does not say which model it serves' });
  // The same prompts in every session where no server has seen them: what one began, the next can go on with.
  const session = running.anew === true ? 1 : store.entries().filter(({ kind }) => kind === 'begin').length;
  const spec = toSpec(workload, point, { repeat, model, session });
  const events: ClientEvent[] = [];
  const request = { point: spec, ...client, amdSmi: [] };
  const collect = (event: ClientEvent) => {
    if (event.type === 'progress') options.onProgress(event);
    else events.push(event);
  };
  await running.measure(request, collect, signal);
  const { recordsFile, samplesFile } = repeatFiles(spec.id);
  const result = summariseRepeat(spec, events, { recordsFile, samplesFile });
  await store.save({ server, key: point.key, result, events, at: options.nowIso() }, signal);
}
