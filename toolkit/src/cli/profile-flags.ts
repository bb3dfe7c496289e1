import { Flags } from '@oclif/core';
import { GPU_MODELS, nearestGpuModel } from 'aim-runtime/gpu';
import { METRICS, PRECISIONS } from 'aim-runtime/profile';
import { failure } from '../exit-codes.ts';

const GPU_COUNTS = ['1', '2', '4', '8'] as const;

/** `--profiles`: which catalogue. */
export const profilesFlag = {
  profiles: Flags.string({
    helpValue: 'DIR',
    description: 'Folder with the profiles; default is the one that belongs to this program.',
    env: 'AIMCTL_PROFILES',
  }),
};

/** Flags of the commands that make a profile. */
export const writeFlags = {
  ...profilesFlag,
  output: Flags.string({
    helpValue: 'FILE',
    description: 'File to write; default is the place in the catalogue that the profile belongs to.',
    env: 'AIMCTL_OUTPUT_FILE',
  }),
  force: Flags.boolean({ default: false, description: 'Overwrite a file that exists.', env: 'AIMCTL_FORCE' }),
  'dry-run': Flags.boolean({
    default: false,
    description: 'Print the profile and write nothing.',
    env: 'AIMCTL_DRY_RUN',
  }),
};

/** Flags that say what a profile is for. */
export const targetFlags = {
  gpu: Flags.string({ helpValue: 'MODEL', description: 'GPU, for example MI355X.', env: 'AIMCTL_GPU' }),
  precision: Flags.option({
    options: PRECISIONS,
    description: 'Number format of the weights.',
    env: 'AIMCTL_PRECISION',
  })(),
  'gpu-count': Flags.option({
    options: GPU_COUNTS,
    description: 'GPUs that share the model.',
    env: 'AIMCTL_GPU_COUNT',
  })(),
  metric: Flags.option({ options: METRICS, description: 'What it is tuned for.', env: 'AIMCTL_METRIC' })(),
  'model-id': Flags.string({
    helpValue: 'ORG/MODEL',
    description: 'Checkpoint to serve.',
    env: 'AIMCTL_MODEL_ID',
  }),
};

/** The known GPU that a word names, whatever the case of its letters. @throws AimError usage */
export function parseGpu(word: string): string {
  const known = GPU_MODELS.find((model) => model.toLowerCase() === word.toLowerCase());
  if (known !== undefined) return known;
  const near = nearestGpuModel(word);
  throw failure('usage', {
    message: `"${word}" is no known GPU`,
    hint: near === undefined ? `Known are ${GPU_MODELS.join(', ')}.` : `Did you mean ${near}?`,
  });
}
