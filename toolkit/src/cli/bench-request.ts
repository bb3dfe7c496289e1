import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, relative, resolve } from 'node:path';
import { profileName } from 'aim-runtime/profile';
import type { ArrivalProcess } from '../bench/point.ts';
import { parseDatasets } from '../bench/run/parse-dataset.ts';
import { parseLoads, parseServiceLevel, parseShare } from '../bench/run/parse-load.ts';
import { planRun, type RunPlan, type Subject, type Workload } from '../bench/run/plan.ts';
import { failure } from '../exit-codes.ts';
import { findProfilePath, listProfileFiles } from '../profiles/find.ts';

/** Where servers run, and how they are started. */
export interface ServerFlags {
  readonly url?: string | undefined;
  readonly 'api-key-env'?: string | undefined;
  readonly host?: string | undefined;
  readonly profiles?: string | undefined;
  readonly image?: string | undefined;
  readonly model?: string | undefined;
  readonly timeout: number;
  readonly registry?: string | undefined;
  readonly 'cache-dir'?: string | undefined;
  readonly env?: readonly string[] | undefined;
  readonly 'gpu-timeout': number;
  readonly 'ssh-config'?: string | undefined;
  readonly 'hf-secret'?: string | undefined;
  readonly 'pull-secret'?: readonly string[] | undefined;
  readonly 'client-image'?: string | undefined;
  /** Folder of the run. */
  readonly output?: string | undefined;
}

/** What is sent to a server, and how it is judged. */
export interface WorkloadFlags {
  readonly endpoint: Workload['endpoint'];
  readonly concurrency?: string | undefined;
  readonly 'request-rate'?: string | undefined;
  readonly arrival?: ArrivalProcess | undefined;
  readonly burstiness?: string | undefined;
  readonly ramp?: string | undefined;
  readonly 'trace-speed'?: string | undefined;
  readonly requests?: number | undefined;
  readonly duration?: number | undefined;
  readonly warmup?: number | undefined;
  readonly 'request-timeout': number;
  readonly dataset: string;
  readonly 'input-len'?: string | undefined;
  readonly 'output-len'?: string | undefined;
  readonly seed?: number | undefined;
  readonly repeats?: number | undefined;
  readonly slo?: string | undefined;
  readonly 'search-slo'?: boolean | undefined;
}

/** What `bench` is called with. */
export interface BenchFlags extends ServerFlags, WorkloadFlags {
  readonly profile?: readonly string[] | undefined;
  readonly require?: string | undefined;
  readonly baseline?: string | undefined;
  readonly output?: string | undefined;
  readonly format?: readonly string[] | undefined;
  readonly resume: boolean;
  readonly 'dry-run': boolean;
  readonly workers: number;
  readonly 'reset-prefix-cache': boolean;
}

/** Repeats that are enough when they agree, and the most there may be. */
const REPEATS = { least: 3, most: 7 };

/** The plan that flags ask for. @param profilesRoot folder of the catalogue @throws AimError usage */
export function planBench(flags: BenchFlags, profilesRoot: string): RunPlan {
  if (flags.url === undefined && flags.host === undefined && !flags.profile && flags.image === undefined) {
    throw failure('usage', {
      message: 'it is not said what to measure',
      hint: 'Give --url URL for a running server, or --profile NAME, or --image REFERENCE.',
    });
  }
  const needed = flags.resume && flags.output === undefined ? (['--resume', '--output'] as const) : missingLevel(flags);
  if (needed !== undefined) {
    throw failure('usage', {
      message: `${needed[0]} needs ${needed[1]}`,
      hint: 'For example --output bench-before, or --slo ttft:500,tpot:30.',
    });
  }
  const workload = toWorkload(flags);
  refuseTimeless(workload);
  return planRun(findSubjects(flags.profile ?? [], profilesRoot), workload);
}

/** Only files record times; whether this one does is seen when it is read. */
function refuseTimeless({ loads, datasets }: Workload): void {
  if ('least' in loads || !loads.some(({ kind }) => kind === 'trace')) return;
  if (datasets.every(({ kind }) => kind === 'jsonl')) return;
  throw failure('usage', {
    message: '--trace-speed replays the times of a file, and the dataset is none that records them',
    hint: 'Give --dataset jsonl:FILE whose lines have a timestamp.',
  });
}

function missingLevel(flags: BenchFlags): readonly [string, string] | undefined {
  if (flags.slo !== undefined) return undefined;
  if (flags['search-slo']) return ['--search-slo', '--slo'];
  return flags.require === undefined ? undefined : ['--require', '--slo'];
}

/** What is measured on each server. @throws AimError usage */
export function toWorkload(flags: WorkloadFlags): Workload {
  const { concurrency, arrival, burstiness, ramp, requests, duration, warmup, seed, repeats, slo } = flags;
  return {
    endpoint: flags.endpoint,
    datasets: parseDatasets({
      dataset: flags.dataset,
      inputLength: flags['input-len'],
      outputLength: flags['output-len'],
    }),
    loads: parseLoads({
      ...{ concurrency, arrival, burstiness, ramp },
      requestRate: flags['request-rate'],
      traceSpeed: flags['trace-speed'],
      search: flags['search-slo'] === true,
    }),
    requests,
    durationMs: duration === undefined ? undefined : duration * 1000,
    warmupRequests: warmup,
    seed: seed ?? 0,
    requestTimeoutMs: flags['request-timeout'] * 1000,
    serviceLevel: slo === undefined ? undefined : parseServiceLevel(slo),
    repeats: repeats === undefined ? REPEATS : { least: repeats, most: repeats },
  };
}

/** `--require` as a number. @throws AimError usage */
export function requiredShare({ require }: BenchFlags): number | undefined {
  return require === undefined ? undefined : parseShare('--require', require);
}

/** The profiles that were named, or what the image or the server decides. @throws AimError usage */
export function findSubjects(names: readonly string[], root: string): Subject[] {
  if (names.length === 0) return [{ profile: null, file: undefined, digest: undefined }];
  const files = [...new Set(names.flatMap((name) => findFiles(name, root)))];
  const subjects = files.map((file): Subject => {
    return {
      profile: nameProfile(file, root),
      file,
      digest: createHash('sha256').update(readFileSync(file)).digest('hex'),
    };
  });
  const twice = subjects.find(({ profile }, at) => subjects.findIndex((each) => each.profile === profile) !== at);
  if (twice === undefined) return subjects;
  throw failure('usage', {
    message: `two of the profiles are called ${twice.profile ?? ''}`,
    hint: 'Rename one of the files: results are told apart by their names.',
  });
}

/** Name of a profile below the catalogue's folder; of a file elsewhere, its own. */
export function nameProfile(file: string, root: string): string {
  const below = relative(root, file);
  return profileName(below.startsWith('..') ? basename(file) : below);
}

function findFiles(name: string, root: string): string[] {
  for (const folder of [resolve(name), resolve(root, name)]) {
    if (!existsSync(folder) || !statSync(folder).isDirectory()) continue;
    const files = listProfileFiles(folder);
    if (files.length > 0) return files;
    throw failure('usage', { message: `there is no profile below ${folder}`, hint: 'Name a file or another folder.' });
  }
  return [findProfilePath(name, root)];
}
