import { isDeepStrictEqual } from 'node:util';
import { canonicalName, parseJson, renderJson } from 'aim-runtime/engine';
import type { ArgValue, Profile } from 'aim-runtime/profile';
import { redactShapes, isSecretName, REDACTED } from 'aim-runtime/system';

/** One difference in meaning. */
export interface ProfileChange {
  /** `engine_args.max-model-len`; keys of both generations have one name. */
  readonly path: string;
  readonly change: 'added' | 'removed' | 'changed';
  readonly from?: ArgValue;
  readonly to?: ArgValue;
}

/**
 * What two profiles mean differently: order, spelling (`a_b`, `a-b`), comments and the two generations of metadata keys
 * make no difference, nor does a bare flag against one that is true, or one that is false against none. Secrets are
 * compared, but not shown.
 */
export function diffProfiles(before: Profile, after: Profile): readonly ProfileChange[] {
  const [left, right] = [meaningOf(before), meaningOf(after)];
  const paths = [...left.keys(), ...[...right.keys()].filter((path) => !left.has(path))];
  return paths.flatMap((path): ProfileChange[] => {
    const [from, to] = [left.get(path), right.get(path)];
    if (isDeepStrictEqual(from, to)) return [];
    if (to === undefined) return [{ path, change: 'removed', ...known('from', path, from) }];
    if (from === undefined) return [{ path, change: 'added', ...known('to', path, to) }];
    return [{ path, change: 'changed', ...known('from', path, from), ...known('to', path, to) }];
  });
}

function known(
  side: 'from' | 'to',
  path: string,
  value: ArgValue | undefined,
): Partial<Record<'from' | 'to', ArgValue>> {
  if (value === undefined) return {};
  return { [side]: withoutSecrets(path.slice(path.indexOf('.') + 1), value) };
}

/** Hides what a name says to be a secret, and texts that look like one, at any depth. */
function withoutSecrets(name: string, value: ArgValue): ArgValue {
  if (isSecretName(name)) return REDACTED;
  if (typeof value === 'string') return textWithoutSecrets(value);
  if (typeof value !== 'object' || value === null) return value;
  if (isList(value)) return value.map((each) => withoutSecrets(name, each));
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withoutSecrets(key, each)]));
}

/** Arguments that are objects may be written as JSON, too. */
function textWithoutSecrets(text: string): string {
  const json = parseJson(text);
  if (!json.ok || typeof json.value !== 'object') return redactShapes(text);
  const shown = withoutSecrets('', json.value);
  return isDeepStrictEqual(shown, json.value) ? text : renderJson(shown);
}

/** Narrows a read-only list, which `Array.isArray` alone does not. */
function isList(value: ArgValue): value is readonly ArgValue[] {
  return Array.isArray(value);
}

function meaningOf({ aimId, modelId, metadata, engineArgs, envVars }: Profile): Map<string, ArgValue> {
  const { gpuCount, manualSelectionOnly, ...rest } = metadata;
  const entries: [string, ArgValue | undefined][] = [
    ['aim_id', aimId],
    ['model_id', modelId],
    ...Object.entries({ ...rest, gpu_count: gpuCount, manual_selection_only: manualSelectionOnly }).map(
      ([key, value]): [string, ArgValue] => [`metadata.${key}`, value],
    ),
    ...Object.entries(engineArgs).flatMap(([key, value]): [string, ArgValue][] =>
      value === false ? [] : [[`engine_args.${canonicalName(key)}`, value ?? true]],
    ),
    ...Object.entries(envVars).map(([name, value]): [string, ArgValue] => [`env_vars.${name}`, value]),
  ];
  return new Map(entries.flatMap(([path, value]) => (value === undefined ? [] : [[path, value] as const])));
}
