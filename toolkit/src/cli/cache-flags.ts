import { Args, Flags } from '@oclif/core';

/** `--cache-dir`: which model cache. */
export const cacheFlags = {
  'cache-dir': Flags.string({
    helpValue: 'DIR',
    description: 'Model cache; default is AIM_CACHE_PATH, else ~/.cache/aim/models.',
    env: 'AIMCTL_CACHE_DIR',
  }),
};

/** Models of a cache by name. */
export const cachedModelsArg = {
  model: Args.string({
    multiple: true,
    ignoreStdin: true,
    description: 'Models, named as in aimctl cache list.',
  }),
};
