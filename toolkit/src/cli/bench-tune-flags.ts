import { Flags } from '@oclif/core';
import { configFlag } from './bench-check-flags.ts';
import { benchFlags, serverFlags, subjectFlags } from './bench-flags.ts';

const { host, image, model } = subjectFlags;
const { endpoint, dataset, seed, repeats, slo, concurrency, requests } = benchFlags;

/** Flags of `bench tune`. */
export const tuneFlags = {
  ...{ host, image, model },
  ...serverFlags,
  ...{ endpoint, dataset, seed, repeats, slo, concurrency, requests },
  'input-len': benchFlags['input-len'],
  'output-len': benchFlags['output-len'],
  'request-timeout': benchFlags['request-timeout'],
  ...configFlag,
  param: Flags.string({
    helpValue: 'NAME=VALUE[,VALUE…]',
    multiple: true,
    multipleNonGreedy: true,
    description: 'Engine argument or variable, and what to try besides what the profile has; on and off for flags.',
    env: 'AIMCTL_BENCH_PARAM',
  }),
  search: Flags.string({
    helpValue: 'FILE',
    description: 'YAML file with a mapping "params" of names to lists of values.',
    env: 'AIMCTL_BENCH_SEARCH',
  }),
  first: Flags.integer({
    helpValue: 'N',
    min: 1,
    default: 9,
    description: 'Candidates of the first round, of which a third is measured fully.',
    env: 'AIMCTL_BENCH_FIRST',
  }),
  budget: Flags.integer({
    helpValue: 'N',
    min: 2,
    default: 40,
    description: 'Measurements altogether, short and full ones.',
    env: 'AIMCTL_BENCH_BUDGET',
  }),
  reference: Flags.string({
    helpValue: 'FILE',
    description: "Answers that are trusted; default is the profile's own.",
    env: 'AIMCTL_BENCH_REFERENCE',
  }),
  output: Flags.string({
    helpValue: 'DIR',
    default: 'bench-tune',
    description: 'Folder of the search.',
    env: 'AIMCTL_BENCH_OUTPUT',
  }),
  save: Flags.string({
    helpValue: 'FILE',
    description: 'Where to write the new profile; default is NAME-tuned.yaml in --output.',
    env: 'AIMCTL_BENCH_SAVE',
  }),
  force: Flags.boolean({
    default: false,
    description: 'Replace the profile that --save names, and its evidence.',
    env: 'AIMCTL_FORCE',
  }),
  resume: Flags.boolean({
    default: false,
    description: 'Go on with the search in --output; the other flags must be the same.',
    env: 'AIMCTL_RESUME',
  }),
  'dry-run': Flags.boolean({
    default: false,
    description: 'Print what would be tried and how long it may take, and stop.',
    env: 'AIMCTL_DRY_RUN',
  }),
};
