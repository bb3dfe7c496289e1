import { compareRank } from '../profile/preference.ts';
import type { Evaluation, Selection } from '../profile/select.ts';
import type { Profile } from '../profile/types.ts';

/**
 * Among the profiles that rank like the selected one, takes the first whose weights are in the cache already. A choice
 * by id is never changed; `isCached` is asked only when profiles of equal rank want different models.
 */
export function preferCached(
  selection: Selection,
  wanted: { readonly profileId: string | undefined },
  isCached: (profile: Profile) => boolean,
): Selection {
  const { selected, evaluations } = selection;
  if (!selected || wanted.profileId !== undefined) return selection;
  const equals = evaluations.filter((each) => each.automatic && compareRank(each.profile, selected.profile) === 0);
  if (new Set(equals.map(({ profile }) => profile.modelId)).size < 2) return selection;
  const cached: Evaluation | undefined = equals.find(({ profile }) => isCached(profile));
  return cached ? { ...selection, selected: cached } : selection;
}
