import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { failure } from '../../exit-codes.ts';
import { helperEntry } from '../client-file.ts';
import type { ClientEvent } from '../client-protocol.ts';
import { runClient } from '../hosts/run-client.ts';
import type { PointSpec } from '../point.ts';
import type { RequestRecord } from '../record.ts';
import type { RepeatResult } from '../result.ts';
import type { SimulatorOptions } from '../simulator/options.ts';
import type { GroundTruth } from '../simulator/truth.ts';
import { summariseRepeat } from '../summary/summarise-repeat.ts';
import type { CorePair } from './cores.ts';

/** Where the two programs run. */
export interface MeasureDeps {
  readonly cores: CorePair | null;
  readonly signal: AbortSignal;
}

/** One point with both sides' view of it. */
export interface Measurement {
  readonly repeat: RepeatResult;
  /** Measured requests, without warm-up. */
  readonly records: readonly RequestRecord[];
  readonly truth: GroundTruth;
  /** The client's time 0 on the monotonic clock. */
  readonly zeroMs: number;
}

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

/** Measures a simulated server, each program on a core of its own. @throws AimError remote when one of them dies */
export async function measureSimulated(
  options: Partial<SimulatorOptions>,
  point: PointSpec,
  deps: MeasureDeps,
): Promise<Measurement> {
  const spin = deps.cores !== null;
  const simulator = start([helperEntry('simulator'), JSON.stringify({ spin, ...options })], deps.cores?.server);
  try {
    const url = await readUrl(simulator, deps.signal);
    const events: ClientEvent[] = [];
    const request = { baseUrl: url, point, workers: 1, keepText: false, metricsIntervalMs: 1000, amdSmi: [] };
    const client = start([helperEntry('client')], deps.cores?.client);
    const onEvent = (event: ClientEvent) => void events.push(event);
    await runClient(client, { ...request, resetPrefixCache: false }, { onEvent, signal: deps.signal });
    const started = events.find((event) => event.type === 'started');
    const answer = await fetch(`${url}/simulator/truth`, { signal: deps.signal });
    return {
      repeat: summariseRepeat(point, events, { recordsFile: '', samplesFile: '' }),
      records: events.flatMap((event) =>
        event.type === 'record' && event.record.phase === 'measured' ? [event.record] : [],
      ),
      truth: (await answer.json()) as GroundTruth,
      zeroMs: started?.monotonicMs ?? NaN,
    };
  } finally {
    simulator.kill('SIGKILL');
  }
}

/** Starts a program of ours with this program's environment. */
function start(args: readonly string[], core: number | undefined): Child {
  const command = [process.execPath, ...args];
  const [program = '', ...rest] = core === undefined ? command : ['taskset', '--cpu-list', String(core), ...command];
  return spawn(program, rest, { stdio: ['pipe', 'pipe', 'pipe'] });
}

async function readUrl(simulator: Child, signal: AbortSignal): Promise<string> {
  const lines = createInterface({ input: simulator.stdout });
  const ended = once(simulator, 'close', { signal }).then(() => undefined);
  const line = await Promise.race([once(lines, 'line', { signal }), ended]);
  ended.catch(() => undefined); // of no interest once it listens
  if (line === undefined)
    throw failure('internal', {
      message: 'the simulated server ended before it listened',
      hint: 'Report this as a bug.',
    });
  return (JSON.parse(String(line[0])) as { url: string }).url;
}
