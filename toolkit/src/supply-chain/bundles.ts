import type { Bundle } from '@sigstore/bundle';
import { fetchAttached, type AttestTarget } from './artifact.ts';
import { BUNDLE_TYPE } from './media-types.ts';
import { PROVENANCE_PREDICATE } from './provenance.ts';
import { parseStatement, type StatementFacts } from './statement.ts';

/** A Sigstore bundle that holds a statement. Nothing of it has been checked. */
export interface StatementBundle {
  readonly bundle: Bundle;
  readonly statement: StatementFacts;
}

/** A provenance bundle attached to an image. */
export interface AttachedBundle {
  /** Digest of the referrer's manifest. */
  readonly digest: string;
  readonly bytes: Buffer;
  /** Undefined when the bytes are no bundle with a statement. */
  readonly content: StatementBundle | undefined;
}

const PREDICATE_ANNOTATION = 'dev.sigstore.bundle.predicateType';

/** Reads a bundle; undefined when it is none, or holds something else than an in-toto statement. */
export async function parseBundle(bytes: Buffer): Promise<StatementBundle | undefined> {
  const { bundleFromJSON } = await import('@sigstore/bundle');
  let bundle: Bundle;
  try {
    bundle = bundleFromJSON(JSON.parse(bytes.toString('utf8')));
  } catch {
    return undefined;
  }
  if (bundle.content.$case !== 'dsseEnvelope') return undefined;
  const statement = parseStatement(bundle.content.dsseEnvelope.payload);
  return statement && { bundle, statement };
}

/** The bundles attached to an image, but for those that say themselves that they hold something else. */
export async function fetchBundles(target: AttestTarget): Promise<AttachedBundle[]> {
  const found: AttachedBundle[] = [];
  for (const { digest, bytes, annotations } of await fetchAttached(target, BUNDLE_TYPE)) {
    if ((annotations[PREDICATE_ANNOTATION] ?? PROVENANCE_PREDICATE) !== PROVENANCE_PREDICATE) continue;
    found.push({ digest, bytes, content: await parseBundle(bytes) });
  }
  return found;
}
