import { readFileSync } from 'node:fs';
import { createYamlIndex, parseYaml } from 'aim-runtime/profile';
import { messageOf } from 'aim-runtime/system';
import { failure } from '../../exit-codes.ts';
import type { GateThresholds } from '../correctness/score.ts';

/** What a profile's type is judged by. Shares from 0 to 1. */
export interface ClassifyThresholds {
  /** Of the best known profile of the same model, GPU and precision. */
  readonly bestShare: number;
  /** Over the general profile, for `optimized`. */
  readonly optimizedGain: number;
  /** Over the general profile, for `preview`. */
  readonly previewGain: number;
  readonly leastRepeats: number;
  /** Latency is judged at no more requests at once than this. */
  readonly latencyConcurrency: number;
  /** Requests within the limits, where a run has some, for a load to count. */
  readonly goodShare: number;
}

/** The `bench` part of aimctl.config.yaml. */
export interface BenchConfig {
  readonly classify: ClassifyThresholds;
  readonly gate: GateThresholds;
}

/** What counts without a configuration. */
export const DEFAULT_BENCH_CONFIG: BenchConfig = {
  classify: {
    bestShare: 0.97,
    optimizedGain: 0.1,
    previewGain: 0.05,
    leastRepeats: 3,
    latencyConcurrency: 4,
    goodShare: 0.99,
  },
  gate: { leastCorrect: 0.8, leastAgreement: 0.9, leastPrefix: 0.3 },
};

type Part = keyof BenchConfig;

interface Setting {
  readonly part: Part;
  readonly name: string;
  readonly least: number;
  readonly most: number;
  readonly whole?: true;
}

/** Keys of the file, and what they may be. */
const SETTINGS: Readonly<Record<string, Setting>> = {
  'best-share': { part: 'classify', name: 'bestShare', least: 0, most: 1 },
  'optimized-gain': { part: 'classify', name: 'optimizedGain', least: 0, most: 10 },
  'preview-gain': { part: 'classify', name: 'previewGain', least: 0, most: 10 },
  'least-repeats': { part: 'classify', name: 'leastRepeats', least: 1, most: 100, whole: true },
  'latency-concurrency': { part: 'classify', name: 'latencyConcurrency', least: 1, most: 100_000, whole: true },
  'good-share': { part: 'classify', name: 'goodShare', least: 0, most: 1 },
  'least-correct': { part: 'gate', name: 'leastCorrect', least: 0, most: 1 },
  'least-agreement': { part: 'gate', name: 'leastAgreement', least: 0, most: 1 },
  'least-prefix': { part: 'gate', name: 'leastPrefix', least: 0, most: 1 },
};

/** Reads a configuration. @param file undefined for none @throws AimError usage, its details `file:line:column: …` */
export function loadBenchConfig(file: string | undefined): BenchConfig {
  if (file === undefined) return DEFAULT_BENCH_CONFIG;
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw failure('usage', { message: `cannot read ${file}: ${messageOf(error)}`, cause: error });
  }
  return parseBenchConfig(text, file);
}

/** Turns a configuration's text into settings; fails as {@link loadBenchConfig} does. */
export function parseBenchConfig(text: string, file: string): BenchConfig {
  const yaml = text.split('\n').every((line) => /^\s*(#|$)/.test(line)) ? undefined : parseYaml(text);
  const problems: string[] = [];
  const index = createYamlIndex(text);
  const report = (path: readonly string[], message: string) => {
    const { line, column } = index?.locate(path) ?? { line: 1, column: 1 };
    problems.push(`${file}:${line}:${column}: ${message}`);
  };
  if (yaml?.ok === false) report([], yaml.problem.message);
  const root = yaml?.ok === true ? toMapping(yaml.value) : undefined;
  const parts = toMapping(root?.['bench'] ?? {});
  if (parts === undefined) report(['bench'], 'bench is no mapping');
  const found: Record<Part, Record<string, number>> = { classify: {}, gate: {} };
  for (const [key, value] of Object.entries(parts ?? {})) {
    const setting = Object.hasOwn(SETTINGS, key) ? SETTINGS[key] : undefined;
    const problem =
      setting === undefined
        ? `is not a known key; known: ${Object.keys(SETTINGS).join(', ')}`
        : findProblem(setting, value);
    if (problem !== undefined) report(['bench', key], `bench.${key} ${problem}`);
    else if (setting !== undefined) found[setting.part][setting.name] = value as number;
  }
  if (problems.length === 0) {
    const { classify, gate } = DEFAULT_BENCH_CONFIG;
    return { classify: { ...classify, ...found.classify }, gate: { ...gate, ...found.gate } };
  }
  throw failure('usage', {
    message: `${file} is no valid configuration`,
    details: problems,
    hint: 'Correct the lines.',
  });
}

function findProblem({ least, most, whole }: Setting, value: unknown): string | undefined {
  const fits =
    typeof value === 'number' && value >= least && value <= most && (whole !== true || Number.isInteger(value));
  return fits ? undefined : `must be a ${whole === true ? 'whole ' : ''}number from ${least} to ${most}`;
}

function toMapping(value: unknown): Readonly<Record<string, unknown>> | undefined {
  const isMapping = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isMapping ? (value as Readonly<Record<string, unknown>>) : undefined;
}
