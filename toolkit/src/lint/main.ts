import { readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { messageOf } from 'aim-runtime/system';
import { failure } from '../exit-codes.ts';
import { findConfig, loadConfig } from './config.ts';
import { parseRuleWords, requireRule, requireVersion, withLevels } from './options.ts';
import { RULES } from './rules/index.ts';
import { lintPaths, type LintReport } from './run.ts';

export { renderGithub } from './github.ts';
export { renderSarif } from './sarif.ts';
export { RULES };

/** The words of a command line, not read yet. */
export interface LintOptions {
  readonly paths: readonly string[];
  /** Absolute folder that relative paths start from. */
  readonly cwd: string;
  /** Path of the configuration; undefined to look for it. */
  readonly config: string | undefined;
  /** Name of the engine's version; undefined for that of the base image. */
  readonly version: string | undefined;
  /** `RULE` or `RULE=SEVERITY`. */
  readonly rules: readonly string[];
  readonly fix: boolean;
}

const IDS = RULES.map(({ id }) => id);

/** Checks files as a command line asks for it. @throws AimError usage for an option or path that is wrong */
export async function lintWithOptions(options: LintOptions): Promise<LintReport> {
  const { paths, cwd, fix } = options;
  const words = parseRuleWords(options.rules, IDS);
  const file =
    options.config === undefined ? findConfig(folderOf(resolve(cwd, paths[0] ?? '.'))) : resolve(cwd, options.config);
  const config = withLevels(loadConfig(file, IDS), words.levels);
  return lintPaths({ paths, cwd, fix, config, version: requireVersion(options.version), only: words.only });
}

/** A rule with its page of `docs/lint`. @throws AimError usage when there is no such rule */
export function explainRule(id: string, docs: string): { rule: string; severity: string; why: string; page: string } {
  requireRule(id, IDS);
  const rule = RULES.find((each) => each.id === id);
  const file = join(docs, `${id}.md`);
  try {
    const page = readFileSync(file, 'utf8');
    return { rule: id, severity: rule?.severity ?? 'error', why: rule?.why ?? '', page };
  } catch (error) {
    throw failure('environment', {
      message: `cannot read ${file}: ${messageOf(error)}`,
      hint: 'The pages of the rules are part of aimctl; install it again.',
      cause: error,
    });
  }
}

function folderOf(path: string): string {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true ? dirname(path) : path;
}
