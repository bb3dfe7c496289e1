import { readFileSync } from 'node:fs';
import { createYamlIndex, parseYaml } from 'aim-runtime/profile';
import { messageOf } from 'aim-runtime/system';
import { failure } from '../exit-codes.ts';
import { THRESHOLDS, type Threshold } from './severity.ts';

/** A vulnerability that somebody looked at and accepted. */
export interface Accepted {
  readonly id: string;
  readonly reason: string;
  /** Last day it is accepted, `YYYY-MM-DD`; null for ever. */
  readonly until: string | null;
}

/** The `scan` part of aimctl.config.yaml. */
export interface ScanConfig {
  /** From this severity on a finding stops a release. */
  readonly failOn: Threshold;
  /** Only findings that an update would repair stop a release. */
  readonly onlyFixed: boolean;
  readonly accepted: readonly Accepted[];
}

/** What counts without a configuration. */
export const DEFAULT_SCAN_CONFIG: ScanConfig = { failOn: 'critical', onlyFixed: true, accepted: [] };

const KEYS = ['fail-on', 'only-fixed', 'ignore'];
const DAY = /^\d{4}-\d{2}-\d{2}$/;
type Report = (path: readonly (string | number)[], message: string) => void;

/** Reads a configuration. @param file undefined for none @throws AimError usage, its details `file:line:column: …` */
export function loadScanConfig(file: string | undefined): ScanConfig {
  if (file === undefined) return DEFAULT_SCAN_CONFIG;
  try {
    return parseScanConfig(readFileSync(file, 'utf8'), file);
  } catch (error) {
    if (error instanceof Error && 'syscall' in error)
      throw failure('usage', { message: `cannot read ${file}: ${messageOf(error)}`, cause: error });
    throw error;
  }
}

/** Turns a configuration's text into settings; fails as {@link loadScanConfig} does. */
export function parseScanConfig(text: string, file: string): ScanConfig {
  const yaml = text.split('\n').every((line) => /^\s*(#|$)/.test(line)) ? undefined : parseYaml(text);
  const problems: string[] = [];
  const index = createYamlIndex(text);
  const report: Report = (path, message) => {
    const { line, column } = index?.locate(path.map(String)) ?? { line: 1, column: 1 };
    problems.push(`${file}:${line}:${column}: ${message}`);
  };
  if (yaml?.ok === false) report([], yaml.problem.message);
  const scan = yaml?.ok === true ? (toMapping(yaml.value)?.['scan'] ?? {}) : {};
  const parts = toMapping(scan);
  if (parts === undefined) report(['scan'], 'scan is no mapping');
  const config = readParts(parts ?? {}, report);
  if (problems.length === 0) return config;
  throw failure('usage', {
    message: `${file} is no valid configuration`,
    details: problems,
    hint: 'Correct the lines.',
  });
}

function readParts(parts: Readonly<Record<string, unknown>>, report: Report): ScanConfig {
  for (const key of Object.keys(parts)) {
    if (!KEYS.includes(key)) report(['scan', key], `scan.${key} is not a known key; known: ${KEYS.join(', ')}`);
  }
  const level = parts['fail-on'] ?? DEFAULT_SCAN_CONFIG.failOn;
  const failOn = THRESHOLDS.find((threshold) => threshold === level);
  if (failOn === undefined) report(['scan', 'fail-on'], `scan.fail-on must be one of ${THRESHOLDS.join(', ')}`);
  const onlyFixed = parts['only-fixed'] ?? DEFAULT_SCAN_CONFIG.onlyFixed;
  if (typeof onlyFixed !== 'boolean') report(['scan', 'only-fixed'], 'scan.only-fixed must be true or false');
  const ignore = parts['ignore'] ?? [];
  if (!Array.isArray(ignore)) report(['scan', 'ignore'], 'scan.ignore is no list');
  return {
    failOn: failOn ?? DEFAULT_SCAN_CONFIG.failOn,
    onlyFixed: onlyFixed === true,
    accepted: (Array.isArray(ignore) ? ignore : []).flatMap((item: unknown, at) => readAccepted(item, at, report)),
  };
}

/** A finding is accepted by somebody for a reason: an entry without one is refused. */
function readAccepted(item: unknown, at: number, report: Report): Accepted[] {
  const { id, reason, until = null } = toMapping(item) ?? {};
  if (typeof id !== 'string' || typeof reason !== 'string' || reason.trim() === '') {
    report(['scan', 'ignore', at], 'an ignored vulnerability needs an id and a reason');
    return [];
  }
  // YAML reads a bare day as a date.
  const day = until instanceof Date ? until.toISOString().slice(0, 10) : until;
  if (day === null || (typeof day === 'string' && DAY.test(day))) return [{ id, reason, until: day }];
  report(['scan', 'ignore', at], `until of ${id} must be a day, YYYY-MM-DD`);
  return [];
}

function toMapping(value: unknown): Readonly<Record<string, unknown>> | undefined {
  const isMapping = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isMapping ? (value as Readonly<Record<string, unknown>>) : undefined;
}
