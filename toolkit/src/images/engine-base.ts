import type { ImageDetails } from '../docker/engine.ts';
import { findReference, isSameRepository } from '../oci/reference.ts';
import type { Platform } from '../oci/types.ts';
import { checkPlatform } from './base-image.ts';
import { withBaseDigest, type ImagePlan } from './plan.ts';

/**
 * The plan on the base as an engine has it: with its registry digest in the labels.
 * @param platform what the base has to be for; undefined for whatever it is @throws AimError usage for another one
 */
export function planOnBase(plan: ImagePlan, base: ImageDetails, platform: Platform | undefined): ImagePlan {
  if (platform !== undefined) checkPlatform(plan.base, base.config, platform);
  return withBaseDigest(plan, digestOf(base, plan.base));
}

/**
 * Digest by which a base's own registry knows it: the one that was asked for, else the one the engine has seen there.
 * An engine knows an image from every registry it was pulled from or pushed to, and each may have another digest.
 */
export function digestOf({ repoDigests }: Pick<ImageDetails, 'repoDigests'>, reference: string): string | undefined {
  const wanted = findReference(reference);
  if (wanted === undefined || wanted.digest !== undefined) return wanted?.digest;
  return repoDigests.map(findReference).find((known) => known !== undefined && isSameRepository(known, wanted))?.digest;
}
