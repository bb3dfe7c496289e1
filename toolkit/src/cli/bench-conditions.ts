import { createHash } from 'node:crypto';
import { parseReference } from '../oci/reference.ts';
import type { ServerFlags } from './bench-request.ts';
import { parseVariable } from './variables.ts';

/** Flags that decide what a server is, and how the load client treats it. */
export type ConditionFlags = Pick<
  ServerFlags,
  'url' | 'host' | 'image' | 'model' | 'registry' | 'client-image' | 'env'
> & { readonly workers?: number; readonly 'reset-prefix-cache'?: boolean };

/** Enough to see that a value is another one, too little to find out which of many it is. */
const HASH_CHARACTERS = 8;

/**
 * What must be the same when a measurement is resumed, beside its plan. Values of variables may be secret and are only
 * told apart by a hash, which `seed` makes another one for every run. @throws AimError usage
 */
export function describeConditions(flags: ConditionFlags, seed: number): object {
  const { url, host, image, model, registry, env = [], workers } = flags;
  const hashes = env
    .map(parseVariable)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => [name, hashValue(`${seed}\n${name}\n${value}`)]);
  return {
    ...{ url, host, model, registry, workers },
    image: image === undefined ? undefined : parseReference(image).text,
    clientImage: flags['client-image'],
    resetPrefixCache: flags['reset-prefix-cache'],
    env: Object.fromEntries(hashes) as Record<string, string>,
  };
}

function hashValue(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, HASH_CHARACTERS);
}
