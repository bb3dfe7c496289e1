import { AimError, messageOf } from 'aim-runtime/system';
import type { BenchHost, RunningServer, ServerRequest } from '../host.ts';
import { failure } from '../../exit-codes.ts';
import { planNextRepeat } from '../stats/repeats.ts';
import type { RepeatResult } from '../result.ts';
import { describeChange, findMeasured } from './collect.ts';
import { measureRepeat, type ClientSettings } from './measure.ts';
import type { PlannedPoint, PlannedServer, RunPlan, Subject } from './plan.ts';
import { planSearchStep } from './search.ts';
import type { RunStore } from './store.ts';

/** What a run tells while it goes on. */
export interface RunEvents {
  /** What is being done for a server or a point right now. */
  readonly phase: (subject: string, text: string) => void;
  /** How far one repeat is; `total` where it is known. */
  readonly requests: (key: string, progress: { readonly done: number; readonly total: number | undefined }) => void;
  readonly repeated: (key: string, result: RepeatResult, next: string) => void;
  readonly failed: (subject: string, error: Error) => void;
}

export interface RunDeps {
  readonly host: BenchHost;
  readonly store: RunStore;
  readonly toRequest: (subject: Subject) => ServerRequest;
  readonly client: ClientSettings;
  /** For a search: share of requests that must meet the limits. */
  readonly requiredShare: number;
  readonly signal: AbortSignal;
  readonly events: RunEvents;
  readonly nowIso: () => string;
}

/** A server or a point that could not be measured; the others were. */
export interface RunFailure {
  readonly profile: string | null;
  readonly id: string | null;
  readonly error: AimError;
}

/**
 * Measures what is missing of a plan, server by server, or several at the same time where the host says so. A failure
 * ends its server, not the run. @throws AimError interrupted or disk
 */
export async function runPlan(plan: RunPlan, deps: RunDeps): Promise<readonly RunFailure[]> {
  const failures: RunFailure[] = [];
  deps.store.note({ kind: 'begin', at: deps.nowIso(), host: deps.host.name });
  const waiting = plan.servers.entries();
  const runLane = async () => {
    for (const [index, server] of waiting) {
      const failed = await runServer({ plan, deps, server, index });
      if (failed !== undefined) failures.push(failed);
    }
  };
  const lanes = await Promise.allSettled(Array.from({ length: await countLanes(plan, deps) }, runLane));
  const broken = lanes.find((lane) => lane.status === 'rejected');
  if (broken !== undefined) throw broken.reason;
  return failures;
}

/** How many servers are measured at the same time. */
async function countLanes({ servers }: RunPlan, { host, toRequest }: RunDeps): Promise<number> {
  if (host.room === undefined || servers.length < 2) return 1;
  return Math.max(1, Math.min(servers.length, await host.room(servers.map(({ subject }) => toRequest(subject)))));
}

interface ServerRun {
  readonly plan: RunPlan;
  readonly deps: RunDeps;
  readonly server: PlannedServer;
  readonly index: number;
}

/** Measures the points of one server, which is started when the first of them is missing. */
async function runServer(run: ServerRun): Promise<RunFailure | undefined> {
  const { deps, server, index } = run;
  const { profile } = server.subject;
  const lazy = startLazily(run);
  let measuring: string | null = null;
  try {
    for (const { point, rule } of nextPoints(run)) {
      // Not their number: one that was lost leaves a gap, and a number given twice would repeat its prompts.
      const next = Math.max(0, ...deps.store.repeats(point.key).map(({ spec }) => spec.repeat)) + 1;
      measuring = `${point.key}.r${next}`;
      await repeatOnce(run, { point, repeat: next, running: await lazy.get() });
      const repeats = deps.store.repeats(point.key);
      const result = repeats.at(-1);
      if (result !== undefined) deps.events.repeated(point.key, result, planNextRepeat(repeats, rule).reason);
    }
    return undefined;
  } catch (error) {
    if (deps.signal.aborted) throw deps.signal.reason;
    if (!isAimError(error) || error.code === 'disk') throw error;
    const id = lazy.started() ? measuring : null;
    deps.store.note({ kind: 'failed', at: deps.nowIso(), server: index, id, message: messageOf(error) });
    deps.events.failed(id ?? profile ?? deps.host.name, error);
    return { profile, id, error };
  } finally {
    await lazy.stop();
  }
}

function isAimError(error: unknown): error is AimError {
  return error instanceof AimError;
}

/** A point to be measured once more, and the rule by which it is repeated. */
interface NextPoint {
  readonly point: PlannedPoint;
  readonly rule: { readonly least: number; readonly most: number };
}

/** Decides point by point from what the store holds, so that a resumed run goes on where it was. */
function* nextPoints({ plan, deps, server }: ServerRun): Generator<NextPoint> {
  const { workload } = plan;
  const { store, requiredShare } = deps;
  for (const point of server.points) yield* repeatsOf(store, point, workload.repeats);
  for (const search of server.searches) {
    for (;;) {
      const step = planSearchStep(workload, search, { repeats: store.repeats, requiredShare });
      if (step.kind === 'measure') yield { point: step.point, rule: { least: 1, most: 1 } };
      else {
        if (step.best !== undefined) yield* repeatsOf(store, step.best, workload.repeats);
        break;
      }
    }
  }
}

function* repeatsOf(store: RunStore, point: PlannedPoint, rule: NextPoint['rule']): Generator<NextPoint> {
  while (planNextRepeat(store.repeats(point.key), rule).again) yield { point, rule };
}

async function repeatOnce(
  { plan, deps, index }: ServerRun,
  {
    point,
    repeat,
    running,
  }: { readonly point: PlannedPoint; readonly repeat: number; readonly running: RunningServer },
): Promise<void> {
  const { workload } = plan;
  const { store, client, signal, nowIso, events } = deps;
  events.phase(point.key, `repeat ${repeat}`);
  await measureRepeat(running, {
    ...{ workload, point, repeat, server: index, client, store, signal, nowIso },
    onProgress: ({ done }) => events.requests(point.key, { done, total: point.requests }),
  });
}

function startLazily({ deps, server, index }: ServerRun): {
  readonly get: () => Promise<RunningServer>;
  readonly started: () => boolean;
  readonly stop: () => Promise<void>;
} {
  const { host, store, events, signal, nowIso } = deps;
  const name = server.subject.profile ?? host.name;
  let running: RunningServer | undefined;
  return {
    get: async () => {
      if (running !== undefined) return running;
      running = await host.start(deps.toRequest(server.subject), (text) => events.phase(name, text), signal);
      const measured = findMeasured(store.entries(), index);
      store.note({ kind: 'server', at: nowIso(), server: index, identity: running.identity });
      if (measured !== undefined) refuseChanged(name, describeChange(measured, running.identity));
      return running;
    },
    started: () => running !== undefined,
    stop: async () => {
      // What went wrong first is what counts; the host's lease removes what this cannot.
      await running?.stop().catch((error: unknown) => events.phase(name, `not stopped: ${messageOf(error)}`));
    },
  };
}

/** Repeats of two servers would be one point's. @throws AimError environment */
function refuseChanged(name: string, details: readonly string[]): void {
  if (details.length === 0) return;
  throw failure('environment', {
    message: `${name} is not the server that its other repeats were measured on: ${details.join('; ')}`,
    hint: 'Go on with the same one, such as an image by its digest, or measure anew with another --output.',
  });
}
