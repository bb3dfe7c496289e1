import { join } from 'node:path';
import { profileRule } from '../rule.ts';

export const metadataMissing = profileRule({
  id: 'metadata-missing',
  severity: 'error',
  why: "A model's image takes its labels from metadata.yaml, and is not built without it.",
  check: (_profile, file, context) => {
    const { root, model } = file;
    if (root === undefined || model === undefined) return [];
    const folder = join(root, model);
    const [first] = context.profilesBeside(file);
    if (first?.path !== file.path || context.exists(join(folder, 'metadata.yaml'))) return [];
    return [
      {
        message: `${model} has profiles but no metadata.yaml`,
        at: { line: 1, column: 1 },
        suggestion: `Add metadata.yaml beside the profiles of ${model}.`,
      },
    ];
  },
});
