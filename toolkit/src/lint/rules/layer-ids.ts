import { profileRule } from '../rule.ts';

export const layerIds = profileRule({
  id: 'layer-ids',
  severity: 'error',
  why: 'A general profile serves any model, so it names none; a model profile without names fits every model by accident.',
  check: (profile, { layer, value }) => {
    const keys = ['aim_id', 'model_id'] as const;
    if (layer === 'general') {
      return keys
        .filter((key) => key in (value as object))
        .map((key) => ({
          message: `${key} does not belong in a general profile`,
          at: [key],
          suggestion: 'Remove it, or move the file to the folder of its model.',
          fix: { kind: 'delete', path: [key] },
        }));
    }
    const missing = { aim_id: profile.aimId, model_id: profile.modelId };
    return keys
      .filter((key) => layer === 'model' && missing[key] === undefined && !(key in (value as object)))
      .map((key) => ({
        message: `${key} is missing`,
        at: { line: 1, column: 1 },
        suggestion: `Profiles of a model name it: add ${key}.`,
      }));
  },
});
