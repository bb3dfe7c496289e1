import { Flags } from '@oclif/core';

/** Where the catalogue and the profiles it speaks of are. */
export const catalogueFlags = {
  models: Flags.string({
    helpValue: 'DIR',
    description: 'Folder of the catalogue; default is the one that belongs to this program.',
    env: 'AIMCTL_MODELS',
  }),
  profiles: Flags.string({
    helpValue: 'DIR',
    description: 'Folder with the profiles; default is the one that belongs to this program.',
    env: 'AIMCTL_PROFILES',
  }),
};
