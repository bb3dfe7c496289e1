import { basename } from 'node:path';
import { createProfileParser, type Profile, type ProfileParser } from 'aim-runtime/profile';
import type { ChangedProfile, ImageChanges, RecordedBase } from '../generated/release-record.js';
import { compareInputs, type ImageInputs } from '../images/inputs.ts';
import { IMAGE_PATHS } from '../images/plan.ts';
import { diffProfiles } from '../profiles/diff.ts';

/** An image as far as its changes go. */
export interface ImageState {
  readonly inputs: ImageInputs;
  readonly base: RecordedBase;
}

/** Contents of profiles by their path in the image; those that are not needed may be missing. */
export type ProfileTexts = ReadonlyMap<string, string>;

/** Paths of the profiles that are in both images and differ: whose contents {@link compareImages} wants. */
export function selectChangedProfiles(before: ImageInputs, after: ImageInputs): string[] {
  return Object.keys(after.files).filter(
    (path) => isProfile(path) && before.files[path] !== undefined && before.files[path] !== after.files[path],
  );
}

/**
 * Everything that differs between two versions of an image. Values are compared by what they mean: order, comments
 * and spelling make no difference. A profile whose contents are not given, or are not valid, is named without values.
 * @param since tag of the version before
 */
export function compareImages(
  since: string,
  states: { readonly before: ImageState; readonly after: ImageState },
  texts: { readonly before: ProfileTexts; readonly after: ProfileTexts },
): ImageChanges {
  const { before, after } = states;
  const sameRevision = { revision: '-' };
  const reasons = compareInputs({ inputs: before.inputs, ...sameRevision }, { inputs: after.inputs, ...sameRevision });
  const paths = [...new Set([...Object.keys(before.inputs.files), ...Object.keys(after.inputs.files)])].sort();
  const parse = createProfileParser();
  return {
    since,
    base: before.inputs.base === after.inputs.base ? null : before.base,
    profiles: paths.filter(isProfile).flatMap((path): ChangedProfile[] => {
      const [old, now] = [before.inputs.files[path], after.inputs.files[path]];
      if (old === now) return [];
      const change = old === undefined ? 'added' : now === undefined ? 'removed' : 'changed';
      const [from, to] = [readProfile(parse, path, texts.before), readProfile(parse, path, texts.after)];
      const values = from === undefined || to === undefined ? [] : diffProfiles(from, to);
      return [{ profile: basename(path), change, values: values.map((value) => ({ ...value })) }];
    }),
    other: reasons.map(({ part }) => part).filter((part) => part !== 'base' && part !== 'profiles'),
  };
}

function readProfile(parse: ProfileParser, path: string, texts: ProfileTexts): Profile | undefined {
  const text = texts.get(path);
  if (text === undefined) return undefined;
  const layer = path.startsWith(`${IMAGE_PATHS.profiles}/general/`) ? 'general' : 'custom';
  const result = parse({ path, name: basename(path), layer }, text);
  return result.ok ? result.profile : undefined;
}

function isProfile(path: string): boolean {
  return path.startsWith(`${IMAGE_PATHS.profiles}/`);
}
