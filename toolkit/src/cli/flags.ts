import { Flags } from '@oclif/core';
import { TAG_SCHEMES } from '../images/names.ts';

const MOST_CONCURRENT = 16;

/** `--host`: which engine. */
export const hostFlag = {
  host: Flags.string({
    helpValue: 'URL',
    description: 'Docker Engine to use; default is DOCKER_HOST, the current Docker context, then the usual sockets.',
    env: 'AIMCTL_HOST',
  }),
};

/** Flags of every command that builds images. */
export const buildFlags = {
  ...hostFlag,
  registry: Flags.string({
    helpValue: 'HOST[/NAMESPACE]',
    description: 'Put this in front of image names.',
    env: 'AIMCTL_REGISTRY',
  }),
  base: Flags.string({
    helpValue: 'REFERENCE',
    description: 'Image to build on.',
    env: 'AIMCTL_BASE',
  }),
  profiles: Flags.string({
    helpValue: 'DIR',
    description: 'Folder with the profiles; default is the one that belongs to this program.',
    env: 'AIMCTL_PROFILES',
  }),
  tag: Flags.string({
    helpValue: 'TAG',
    description: 'Tag of the image instead of the computed one.',
    env: 'AIMCTL_TAG',
  }),
  'tag-scheme': Flags.option({
    options: TAG_SCHEMES,
    default: 'semver',
    description: 'semver: aim-ORG-MODEL:VERSION; dated: aim:BASE-ORG-MODEL-vDATE.',
    env: 'AIMCTL_TAG_SCHEME',
  })(),
  cache: Flags.boolean({
    allowNo: true,
    default: true,
    description: "Let the engine reuse earlier builds' steps.",
    env: 'AIMCTL_CACHE',
  }),
  'dry-run': Flags.boolean({
    default: false,
    description: 'Print what would be built and stop; needs no engine.',
    env: 'AIMCTL_DRY_RUN',
  }),
};

/** `--concurrency`: how many images at a time. */
export const concurrencyFlag = {
  concurrency: Flags.integer({
    helpValue: 'N',
    min: 1,
    max: MOST_CONCURRENT,
    default: 2,
    description: 'Images built at the same time.',
    env: 'AIMCTL_CONCURRENCY',
  }),
};
