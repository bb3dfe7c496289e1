import { dirname, join, relative, sep } from 'node:path';
import type { LintFile } from '../lint-file.ts';
import { isMapping } from '../profile-view.ts';
import type { Rule } from '../rule.ts';

export const folderAimId: Rule = {
  id: 'folder-aim-id',
  severity: 'error',
  kinds: ['profile', 'model-metadata'],
  why: "A model's image takes what lies in the folder of its name: a profile that names another model is never selected there.",
  check: (file) => {
    const folder = folderOf(file);
    const path = file.kind === 'profile' ? ['aim_id'] : ['com', 'amd', 'aim', 'model', 'canonicalName'];
    const name = file.kind === 'profile' ? file.profile?.aimId : canonicalName(file.value, path);
    if (folder === undefined || name === undefined || name === folder) return [];
    return [
      {
        message: `${path.join('.')} is ${name}, but the file lies in the folder of ${folder}`,
        at: path,
        part: 'value',
        suggestion: `Write ${folder}, or move the file to ${name}/.`,
        ...(file.layer === 'custom' ? { severity: 'warning' } : {}),
      },
    ];
  },
};

/** `<org>/<model>` as the place of the file says it; custom profiles may lie anywhere, or as in the model layer. */
function folderOf({ root, path, layer, model }: LintFile): string | undefined {
  if (layer !== 'custom' || root === undefined) return model;
  const steps = relative(join(root, 'custom'), dirname(path)).split(sep);
  return steps.length === 2 ? steps.join('/') : undefined;
}

function canonicalName(value: unknown, path: readonly string[]): string | undefined {
  const node = path.reduce<unknown>((at, key) => (isMapping(at) ? at[key] : undefined), value);
  return typeof node === 'string' ? node : undefined;
}
