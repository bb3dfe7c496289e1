import type { Problem } from '../finding.ts';
import { profileRule } from '../rule.ts';

/** Folders of one person or machine; /workspace and the like are the image's own. */
const USER_PATH = /(?:^|[=:,\s"'])(?:~\/|\$\{?HOME\b|\/home\/|\/Users\/|\/root\/|\/mnt\/|\/media\/|[A-Za-z]:\\)/;

export const userPath = profileRule({
  id: 'user-path',
  severity: 'warning',
  why: "A path on one person's machine does not exist in the containers of others.",
  check: ({ args, env }) => [
    ...Object.entries(env).flatMap(([name, value]) => find(['env_vars', name], value)),
    ...args.flatMap(({ key, value }) => (typeof value === 'string' ? find(['engine_args', key], value) : [])),
  ],
});

function find(at: readonly string[], value: string): Problem[] {
  if (!USER_PATH.test(value)) return [];
  return [
    {
      message: `${at.join('.')} names a path of one user or machine: ${value}`,
      at,
      part: 'value',
      suggestion: "Use a path below /workspace, or set it in the container's environment.",
    },
  ];
}
