import type { ArgValue, EngineArgs } from '../profile/types.ts';
import { REDACTED, isSecretName } from '../system/redact.ts';
import { canonicalName, oppositeName } from './names.ts';
import { renderJson } from './render.ts';

/** An argument of the profile that the user's arguments changed or removed. Values of secrets are replaced. */
export interface OverriddenArg {
  /** Canonical name of the profile's argument. */
  readonly name: string;
  readonly from: ArgValue;
  /** The user's value; undefined when the user's `by` removed the argument. */
  readonly to: ArgValue | undefined;
  /** Canonical name of the user's argument that did it. */
  readonly by: string;
}

/** Arguments of profile and user together. */
export interface MergedArgs {
  readonly args: EngineArgs;
  readonly overridden: readonly OverriddenArg[];
}

interface Entry {
  readonly key: string;
  readonly value: ArgValue;
}

/**
 * The profile's arguments with the user's on top. `a_b` and `a-b` are one argument. The user's value takes the
 * place and the spelling of the profile's; new arguments follow at the end. A user's `x` removes the profile's
 * `no-x` and the reverse, except with the value false, which sets nothing. A user's `x` also removes the profile's
 * `x.key`, which the engine would otherwise put on top. Of several spellings in one source the last one counts.
 */
export function mergeArgs(profileArgs: EngineArgs, userArgs: EngineArgs): MergedArgs {
  const entries = canonicalEntries(profileArgs);
  const user = withoutContradictions(canonicalEntries(userArgs));
  const overridden: OverriddenArg[] = [];
  for (const [name, { key, value }] of user) {
    for (const [other, old] of entries) {
      if (!isRemovedBy(other, name, value) || user.has(other)) continue;
      entries.delete(other);
      overridden.push({ name: other, from: shown(other, old.value), to: undefined, by: name });
    }
    const own = entries.get(name);
    if (own !== undefined && !isSame(own.value, value)) {
      overridden.push({ name, from: shown(name, own.value), to: shown(name, value), by: name });
    }
    entries.set(name, { key: own?.key ?? key, value });
  }
  const args = Object.fromEntries([...entries.values()].map(({ key, value }) => [key, value]));
  return { args, overridden };
}

function canonicalEntries(args: EngineArgs): Map<string, Entry> {
  return new Map(Object.entries(args).map(([key, value]) => [canonicalName(key), { key, value }]));
}

/** Of `x` and `no-x` in one source only the later stays, as on a command line. */
function withoutContradictions(entries: Map<string, Entry>): Map<string, Entry> {
  const kept = new Map<string, Entry>();
  for (const [name, entry] of entries) {
    if (entry.value !== false) kept.delete(oppositeName(name));
    kept.set(name, entry);
  }
  return kept;
}

function isRemovedBy(other: string, name: string, value: ArgValue): boolean {
  return value !== false && (other === oppositeName(name) || other.startsWith(`${name}.`));
}

function isSame(a: ArgValue, b: ArgValue): boolean {
  return renderJson(a) === renderJson(b);
}

function shown(name: string, value: ArgValue): ArgValue {
  return isSecretName(name) ? REDACTED : value;
}
