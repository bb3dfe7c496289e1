import { Flags } from '@oclif/core';

/** `--dry-run` and `--yes` of commands that move tags. */
export const consentFlags = {
  'dry-run': Flags.boolean({
    default: false,
    description: 'Print the plan and stop.',
    env: 'AIMCTL_DRY_RUN',
  }),
  yes: Flags.boolean({
    char: 'y',
    default: false,
    description: 'Do it without asking; needed where nobody can be asked.',
    env: 'AIMCTL_YES',
  }),
};

/** Where releases are. */
export const releaseRegistryFlag = {
  registry: Flags.string({
    required: true,
    helpValue: 'HOST[/NAMESPACE]',
    description: 'Registry with the images; their releases are recorded in its repository aim-releases.',
    env: 'AIMCTL_REGISTRY',
  }),
};

/** GitHub, for commands that report there. */
export const gitHubFlags = {
  repository: Flags.string({
    helpValue: 'OWNER/NAME',
    description: 'Repository on GitHub; default is that of the workflow. GITHUB_TOKEN has to be set.',
    env: 'AIMCTL_GITHUB_REPOSITORY',
  }),
};

export const releaseConcurrencyFlag = {
  concurrency: Flags.integer({
    helpValue: 'N',
    min: 1,
    max: 64,
    default: 16,
    description: 'Images at the same time.',
    env: 'AIMCTL_CONCURRENCY',
  }),
};
