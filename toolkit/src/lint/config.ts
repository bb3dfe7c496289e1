import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createYamlIndex, parseYaml } from 'aim-runtime/profile';
import { messageOf, nearest } from 'aim-runtime/system';
import { failure } from '../exit-codes.ts';
import { SEVERITIES, type Severity } from './finding.ts';
import { isMapping } from './profile-view.ts';

export const CONFIG_NAME = 'aimctl.config.yaml';
const KEYS = ['rules', 'minimum', 'ignore'];

/** Severity that a user gives a rule. */
export type RuleLevel = Severity | 'off';
export const RULE_LEVELS: readonly RuleLevel[] = [...SEVERITIES, 'off'];

/** The `lint` part of aimctl.config.yaml. */
export interface LintConfig {
  /** Absolute path of the file; undefined without one. */
  readonly file: string | undefined;
  readonly levels: ReadonlyMap<string, RuleLevel>;
  /** Findings that are milder are left out. */
  readonly minimum: Severity;
  /** Globs of files to leave out, relative to the configuration's folder. */
  readonly ignore: readonly string[];
}

/** Path of the configuration for a folder: its own, or that of the nearest folder above it. */
export function findConfig(folder: string): string | undefined {
  const file = join(folder, CONFIG_NAME);
  if (existsSync(file)) return file;
  const parent = dirname(folder);
  return parent === folder ? undefined : findConfig(parent);
}

/** Reads a configuration. @throws AimError usage, its details `file:line:column: …` */
export function loadConfig(file: string | undefined, rules: readonly string[]): LintConfig {
  if (file === undefined) return { file, levels: new Map(), minimum: 'info', ignore: [] };
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw failure('usage', { message: `cannot read ${file}: ${messageOf(error)}`, cause: error });
  }
  return parseConfig(text, file, rules);
}

/** Turns a configuration's text into settings; fails as {@link loadConfig} does. */
export function parseConfig(text: string, file: string, rules: readonly string[]): LintConfig {
  const yaml = isEmpty(text) ? ({ ok: true, value: {} } as const) : parseYaml(text);
  const root = yaml.ok ? (yaml.value ?? {}) : undefined;
  const lint = isMapping(root) ? (root['lint'] ?? {}) : undefined;
  const problems: string[] = [];
  const index = createYamlIndex(text);
  const report = (path: readonly string[], message: string): void => {
    const { line, column } = index?.locate(path) ?? { line: 1, column: 1 };
    problems.push(`${file}:${line}:${column}: ${message}`);
  };
  if (!yaml.ok) problems.push(`${file}:${yaml.problem.line ?? 1}:${yaml.problem.column ?? 1}: ${yaml.problem.message}`);
  else if (!isMapping(lint)) report(['lint'], 'lint is no mapping');
  const parts = isMapping(lint) ? lint : {};
  for (const key of Object.keys(parts)) {
    if (!KEYS.includes(key)) report(['lint', key], `lint.${key} is not a known key; known: ${KEYS.join(', ')}`);
  }
  const levels = readLevels(parts['rules'] ?? {}, rules, report);
  const minimum = SEVERITIES.find((name) => name === (parts['minimum'] ?? 'info'));
  if (minimum === undefined) report(['lint', 'minimum'], `lint.minimum must be one of ${SEVERITIES.join(', ')}`);
  const ignore = parts['ignore'] ?? [];
  if (!isTextList(ignore)) report(['lint', 'ignore'], 'lint.ignore is no list of globs');
  if (problems.length > 0) {
    throw failure('usage', {
      message: `${file} is no valid configuration`,
      details: problems,
      hint: 'Correct the lines.',
    });
  }
  return { file, levels, minimum: minimum ?? 'info', ignore: isTextList(ignore) ? ignore : [] };
}

/** A file without settings is a configuration that changes nothing; to YAML it would be no document. */
function isEmpty(text: string): boolean {
  return text.split('\n').every((line) => line.trim() === '' || line.startsWith('#'));
}

function readLevels(
  value: unknown,
  rules: readonly string[],
  report: (path: readonly string[], message: string) => void,
): Map<string, RuleLevel> {
  const levels = new Map<string, RuleLevel>();
  if (!isMapping(value)) {
    report(['lint', 'rules'], 'lint.rules is no mapping of rules to severities');
    return levels;
  }
  for (const [rule, word] of Object.entries(value)) {
    // YAML 1.1 habits: a bare off is a text here, but people also write false.
    const level = RULE_LEVELS.find((each) => each === (word === false ? 'off' : word));
    const near = nearest(rule, rules);
    if (!rules.includes(rule)) {
      report(['lint', 'rules', rule], `there is no rule ${rule}${near === undefined ? '' : `; did you mean ${near}?`}`);
    } else if (level === undefined) {
      report(['lint', 'rules', rule], `${rule} is ${String(word)}; allowed: ${RULE_LEVELS.join(', ')}`);
    } else levels.set(rule, level);
  }
  return levels;
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
