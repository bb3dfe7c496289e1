import { Flags } from '@oclif/core';
import { ENGINES, METRICS, PRECISIONS } from 'aim-runtime/profile';
import { timeoutFlag } from './endpoint-flags.ts';
import { hostFlag } from './flags.ts';
import { profilesFlag } from './profile-flags.ts';

/** What is served, and how. */
const modelFlags = {
  precision: Flags.option({
    options: PRECISIONS,
    description: 'Number format; default is by the size of the model.',
    env: 'AIMCTL_PRECISION',
  })(),
  backend: Flags.option({
    options: ENGINES,
    default: 'vllm',
    description: 'Inference engine.',
    env: 'AIMCTL_BACKEND',
  })(),
  metric: Flags.option({
    options: METRICS,
    default: 'latency',
    description: 'What the profile is tuned for.',
    env: 'AIMCTL_METRIC',
  })(),
  profile: Flags.string({
    helpValue: 'ID|FILE',
    description: 'Profile to use instead of a chosen one.',
    env: 'AIMCTL_PROFILE',
  }),
  recipe: Flags.string({
    helpValue: 'FILE',
    description: 'Recipe to take the profile from instead of the catalogue.',
    exclusive: ['profile'],
    env: 'AIMCTL_RECIPE',
  }),
  'engine-args': Flags.string({
    helpValue: 'JSON',
    description: "Arguments of the engine, over the profile's.",
    env: 'AIMCTL_ENGINE_ARGS',
  }),
};

/** Where it runs and what it is given. */
const containerFlags = {
  gpus: Flags.string({
    helpValue: 'IDS',
    description: 'GPUs to use, by number, render node or PCI address, with commas; default is free ones.',
    env: 'AIMCTL_GPUS',
  }),
  port: Flags.integer({
    helpValue: 'PORT',
    min: 1,
    max: 65_535,
    description: 'Port of this host; default is the next free one from 8000.',
    env: 'AIMCTL_PORT',
  }),
  bind: Flags.string({
    helpValue: 'ADDRESS',
    default: '0.0.0.0',
    description: 'Address of this host to listen on; 127.0.0.1 keeps other machines out.',
    env: 'AIMCTL_BIND',
  }),
  name: Flags.string({ helpValue: 'NAME', description: 'Name of the endpoint.', env: 'AIMCTL_NAME' }),
  image: Flags.string({
    helpValue: 'REFERENCE',
    description: "AIM image to use; default is the model's own, else aim-base.",
    env: 'AIMCTL_IMAGE',
  }),
  registry: Flags.string({
    helpValue: 'HOST[/NAMESPACE]',
    description: 'Where images are pulled from when they are not here.',
    env: 'AIMCTL_REGISTRY',
  }),
  'cache-dir': Flags.string({
    helpValue: 'DIR',
    description: 'Folder that holds models; default is AIM_CACHE_PATH, else ~/.cache/aim/models.',
    env: 'AIMCTL_CACHE_DIR',
  }),
  env: Flags.string({
    helpValue: 'NAME=VALUE',
    multiple: true,
    multipleNonGreedy: true,
    description: 'Variable for the container; may be given several times. HF_TOKEN is passed on by itself.',
    env: 'AIMCTL_ENV',
  }),
};

/** Flags of `launch`. */
export const launchFlags = {
  ...hostFlag,
  ...profilesFlag,
  ...modelFlags,
  ...containerFlags,
  ...timeoutFlag,
  supervise: Flags.boolean({
    default: false,
    description: 'Watch over the engine inside its container: its readiness goes off while it drains.',
    env: 'AIMCTL_SUPERVISE',
  }),
  test: Flags.boolean({
    allowNo: true,
    default: true,
    description: 'Ask the endpoint a question before it counts as ready.',
    env: 'AIMCTL_TEST',
  }),
  detach: Flags.boolean({
    default: false,
    description: 'Return as soon as the container runs.',
    env: 'AIMCTL_DETACH',
  }),
  explain: Flags.boolean({
    default: false,
    description: 'Say what would be done and why, and do nothing.',
    env: 'AIMCTL_EXPLAIN',
  }),
};
