import { basename } from 'node:path';
import { profileName } from 'aim-runtime/profile';
import type { LintFile } from '../lint-file.ts';
import type { Rule } from '../rule.ts';

export const fileUnread: Rule = {
  id: 'file-unread',
  severity: 'error',
  kinds: ['profile'],
  why: 'The runtime looks into the folder of its model, general/ and custom/; a profile that it does not read there is never listed or selected.',
  check: (file) => {
    if (file.root === undefined || file.layer !== undefined) return [];
    return [{ ...describe(file), at: { line: 1, column: 1 } }];
  },
};

function describe({ path, profile }: LintFile): { readonly message: string; readonly suggestion: string } {
  const name = basename(path);
  if (name.endsWith('.yml')) {
    return { message: 'only custom/ may hold .yml files', suggestion: `Name the file ${profileName(name)}.yaml.` };
  }
  return {
    message: 'no layer reads a file in this folder',
    suggestion: `Move it to ${profile?.aimId ?? '<org>/<model>'}/, general/ or custom/.`,
  };
}
