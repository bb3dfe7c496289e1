import { profileRule } from '../rule.ts';
import { textsInSettings } from '../texts-in.ts';

/** Folders of one person or machine; /workspace and the like are the image's own. */
const USER_PATH = /(?:^|[=:,\s"'])(?:~\/|\$\{?HOME\b|\/home\/|\/Users\/|\/root\/|\/mnt\/|\/media\/|[A-Za-z]:\\)/;

export const userPath = profileRule({
  id: 'user-path',
  severity: 'warning',
  why: "A path on one person's machine does not exist in the containers of others.",
  check: (_profile, { value }) =>
    textsInSettings(value)
      .filter(({ text }) => USER_PATH.test(text))
      .map(({ path, text }) => ({
        message: `${path.join('.')} names a path of one user or machine: ${text}`,
        at: path,
        part: 'value',
        suggestion: "Use a path below /workspace, or set it in the container's environment.",
      })),
});
