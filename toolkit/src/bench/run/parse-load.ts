import { failure } from '../../exit-codes.ts';
import type { ArrivalProcess, LoadShape, ServiceLevel } from '../point.ts';
import type { LoadBounds } from './plan.ts';

/** Words of a user about the load. */
export interface LoadWords {
  readonly concurrency: string | undefined;
  readonly requestRate: string | undefined;
  readonly arrival: ArrivalProcess | undefined;
  readonly burstiness: string | undefined;
  readonly ramp: string | undefined;
  readonly traceSpeed: string | undefined;
  readonly search: boolean;
}

const MOST_CONCURRENT = 100_000;
/** Tokens of one request, above all contexts there are; turns and prefixes have no reason for more. */
const MOST_COUNTED = 10_000_000;
const SEARCH_FROM = 1;
const SEARCH_TO = 256;

/** The loads that words name; concurrency 1 where nothing is said. @throws AimError usage */
export function parseLoads(words: LoadWords): readonly LoadShape[] | LoadBounds {
  const { concurrency, requestRate, ramp, traceSpeed, search, arrival, burstiness } = words;
  if (requestRate === undefined && (arrival !== undefined || burstiness !== undefined)) {
    throw usage('--arrival and --burstiness say how requests of a rate arrive', 'Give --request-rate too.');
  }
  if (search) return parseBounds(words);
  if (traceSpeed !== undefined) return [{ kind: 'trace', speed: parseNumber('--trace-speed', traceSpeed) }];
  if (ramp !== undefined) return [parseRamp(ramp)];
  if (requestRate === undefined) {
    return parseList('--concurrency', concurrency ?? '1', parseConcurrency).map((each) => ({
      kind: 'concurrency' as const,
      concurrency: each,
    }));
  }
  const shape = parseArrival(arrival, burstiness);
  const limit = concurrency === undefined ? {} : { maxConcurrency: parseConcurrency('--concurrency', concurrency) };
  return parseList('--request-rate', requestRate, parseNumber).map((requestsPerSecond) => ({
    ...{ kind: 'rate' as const, requestsPerSecond },
    ...shape,
    ...limit,
  }));
}

function parseBounds({ concurrency, requestRate, ramp, traceSpeed, arrival, burstiness }: LoadWords): LoadBounds {
  if (ramp !== undefined || traceSpeed !== undefined || arrival !== undefined || burstiness !== undefined) {
    throw usage('--search-slo looks for a concurrency or a Poisson rate', 'Leave the other flags about arrivals out.');
  }
  if (concurrency !== undefined && requestRate !== undefined) {
    throw usage('--search-slo looks for one thing', 'Give the bounds with --concurrency or with --request-rate.');
  }
  const [kind, flag] =
    requestRate === undefined ? (['concurrency', '--concurrency'] as const) : (['rate', '--request-rate'] as const);
  const text = requestRate ?? concurrency ?? `${SEARCH_FROM},${SEARCH_TO}`;
  const [least, most, ...rest] = parseList(flag, text, kind === 'rate' ? parseNumber : parseConcurrency);
  if (least === undefined || most === undefined || rest.length > 0 || least >= most) {
    throw usage(`${flag} "${text}" is no range to search`, `Give the lowest and the highest load, as ${flag} 1,256.`);
  }
  return { kind, least, most };
}

function parseArrival(
  arrival: ArrivalProcess | undefined,
  burstiness: string | undefined,
): { readonly arrival: ArrivalProcess; readonly burstiness: number } {
  if (burstiness === undefined) return { arrival: arrival ?? 'poisson', burstiness: 1 };
  if (arrival !== undefined && arrival !== 'gamma') {
    throw usage(
      `--burstiness has no meaning for ${arrival} arrivals`,
      'Give --arrival gamma, or leave one of them out.',
    );
  }
  return { arrival: 'gamma', burstiness: parseNumber('--burstiness', burstiness) };
}

function parseRamp(text: string): LoadShape {
  const [from = '', to = '', growth = 'linear', ...rest] = text.split(':');
  if (rest.length > 0 || (growth !== 'linear' && growth !== 'exponential')) {
    throw usage(`--ramp "${text}" is not FROM:TO[:exponential]`, 'For example --ramp 1:20.');
  }
  const [fromRequestsPerSecond, toRequestsPerSecond] = [from, to].map((rate) => readPositive(rate));
  if (fromRequestsPerSecond === undefined || toRequestsPerSecond === undefined) {
    throw usage(`--ramp "${text}" is not FROM:TO in requests per second above 0`, 'For example --ramp 1:20.');
  }
  return { kind: 'ramp', growth, fromRequestsPerSecond, toRequestsPerSecond };
}

const LIMITS = { ttft: 'ttftMs', tpot: 'tpotMs', e2el: 'e2elMs' } as const;

/** Reads `ttft:MS,tpot:MS,e2el:MS`, each at most once. @throws AimError usage */
export function parseServiceLevel(text: string): ServiceLevel {
  const level: { -readonly [Key in keyof ServiceLevel]: ServiceLevel[Key] } = {};
  for (const part of text.split(',')) {
    const [name = '', value = '', ...rest] = part.trim().split(':');
    const known = Object.entries(LIMITS).find(([limit]) => limit === name)?.[1];
    if (known === undefined || rest.length > 0 || level[known] !== undefined) {
      throw usage(`--slo "${text}" is not of the form ttft:MS,tpot:MS,e2el:MS`, 'For example --slo ttft:500,tpot:30.');
    }
    const limitMs = readPositive(value);
    if (limitMs === undefined) {
      throw usage(`--slo takes milliseconds above 0, not "${value}"`, 'For example --slo ttft:500,tpot:30.');
    }
    level[known] = limitMs;
  }
  return level;
}

/** A share from 0 to 1. @throws AimError usage */
export function parseShare(flag: string, text: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (value >= 0 && value <= 1) return value;
  throw usage(`${flag} takes a share from 0 to 1, not "${text}"`, `For example ${flag} 0.99.`);
}

/** Values between commas, each once. @throws AimError usage */
export function parseList<Value>(flag: string, text: string, parse: (flag: string, text: string) => Value): Value[] {
  return [...new Set(text.split(',').map((part) => parse(flag, part.trim())))];
}

/** A whole number from 1, such as a length in tokens. @throws AimError usage */
export function parseCount(flag: string, text: string): number {
  return parseWhole(flag, text, MOST_COUNTED);
}

/** Every request under way needs a stream of its own. */
function parseConcurrency(flag: string, text: string): number {
  return parseWhole(flag, text, MOST_CONCURRENT);
}

function parseWhole(flag: string, text: string, most: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : 0;
  if (value >= 1 && value <= most) return value;
  throw usage(`${flag} takes whole numbers from 1 to ${most}, not "${text}"`, `For example ${flag} 8.`);
}

/** A number above 0. @throws AimError usage */
export function parseNumber(flag: string, text: string): number {
  const value = readPositive(text);
  if (value !== undefined) return value;
  throw usage(`${flag} takes numbers above 0, not "${text}"`, `For example ${flag} 2.5.`);
}

/** Undefined for what is no number above 0. */
function readPositive(text: string): number | undefined {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  return Number.isFinite(value) && value > 0 ? value : undefined;
}

function usage(message: string, hint: string): Error {
  return failure('usage', { message, hint });
}
