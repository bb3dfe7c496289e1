import { nearest } from 'aim-runtime/system';
import { failure } from '../exit-codes.ts';
import { RULE_LEVELS, type LintConfig, type RuleLevel } from './config.ts';
import { ENGINE_VERSIONS, findEngineVersion, PINNED_VERSION, type EngineVersion } from './engine-versions.ts';

/** What the words of `--rule` ask for. */
export interface RuleWords {
  /** Rules named alone: the only ones to run; empty for all. */
  readonly only: readonly string[];
  /** Rules with a severity of their own. */
  readonly levels: ReadonlyMap<string, RuleLevel>;
}

/** Reads `RULE` and `RULE=SEVERITY`. @throws AimError usage for an unknown rule or severity */
export function parseRuleWords(words: readonly string[], rules: readonly string[]): RuleWords {
  const only: string[] = [];
  const levels = new Map<string, RuleLevel>();
  for (const word of words) {
    const [rule = '', name] = word.split('=', 2);
    const level = RULE_LEVELS.find((each) => each === name);
    requireRule(rule, rules);
    if (name !== undefined && level === undefined) {
      const hint = `Allowed: ${RULE_LEVELS.join(', ')}.`;
      throw failure('usage', { message: `--rule ${word}: there is no severity ${name}`, hint });
    }
    if (level === undefined) only.push(rule);
    else levels.set(rule, level);
  }
  return { only, levels };
}

/** @throws AimError usage when there is no such rule */
export function requireRule(rule: string, rules: readonly string[]): void {
  if (rules.includes(rule)) return;
  const near = nearest(rule, rules);
  const hint = `${near === undefined ? '' : `Did you mean ${near}? `}Rules: ${rules.join(', ')}.`;
  throw failure('usage', { message: `there is no rule ${rule}`, hint });
}

/** The version that `--engine-version` names. @throws AimError usage for an unknown one */
export function requireVersion(name: string | undefined): EngineVersion {
  const version = name === undefined ? PINNED_VERSION : findEngineVersion(name);
  if (version) return version;
  throw failure('usage', {
    message: `there is no table of vLLM ${name ?? ''}`,
    hint: `Known: ${ENGINE_VERSIONS.map((each) => each.name).join(', ')}; a day (YYYY-MM-DD) stands for the main branch then.`,
  });
}

/** A configuration with the severities of the command line on top. */
export function withLevels(config: LintConfig, levels: ReadonlyMap<string, RuleLevel>): LintConfig {
  return { ...config, levels: new Map([...config.levels, ...levels]) };
}
