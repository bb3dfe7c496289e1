import { Flags } from '@oclif/core';
import { serverFlags, subjectFlags } from './bench-flags.ts';

/** Which settings of aimctl.config.yaml count. */
export const configFlag = {
  config: Flags.string({
    helpValue: 'FILE',
    description: 'Configuration; default is aimctl.config.yaml here or above.',
    env: 'AIMCTL_CONFIG',
  }),
};

/** Flags of `bench check`. */
export const checkFlags = {
  ...subjectFlags,
  ...serverFlags,
  ...configFlag,
  reference: Flags.string({
    helpValue: 'FILE|URL',
    description: 'Answers that are trusted, or a server that gives them.',
    env: 'AIMCTL_BENCH_CHECK_REFERENCE',
  }),
  output: Flags.string({
    helpValue: 'DIR',
    default: 'bench-answers',
    description: 'Folder for the answers.',
    env: 'AIMCTL_BENCH_OUTPUT',
  }),
};
