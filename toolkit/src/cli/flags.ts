import { Args, Flags } from '@oclif/core';
import { LAYOUT_VERSIONS } from '../images/labels.ts';
import { TAG_SCHEMES } from '../images/names.ts';
import { BUILDERS } from './build-target.ts';

const MOST_CONCURRENT = 64;

/** `--host`: which engine. */
export const hostFlag = {
  host: Flags.string({
    helpValue: 'URL',
    description: 'Docker Engine to use; default is DOCKER_HOST, the current Docker context, then the usual sockets.',
    env: 'AIMCTL_HOST',
  }),
};

/** How registries are spoken to. */
export const registryFlags = {
  platform: Flags.string({
    helpValue: 'OS/ARCH',
    default: 'linux/amd64',
    description: 'Which image of a base that has several.',
    env: 'AIMCTL_PLATFORM',
  }),
  insecure: Flags.boolean({
    default: false,
    description: 'Allow plain HTTP to registries; on this machine it is allowed anyway.',
    env: 'AIMCTL_INSECURE',
  }),
};

/** How images are pushed. */
export const pushFlags = {
  ...registryFlags,
  'allow-base-upload': Flags.boolean({
    default: false,
    description: "Let the base image's layers be uploaded, and models be larger than 1 MiB.",
    env: 'AIMCTL_ALLOW_BASE_UPLOAD',
  }),
  'dry-run': Flags.boolean({
    default: false,
    description: 'Print what would be built and stop; needs no engine and no registry.',
    env: 'AIMCTL_DRY_RUN',
  }),
};

/** Where images go instead of staying on the engine that builds them. */
export const targetFlags = {
  ...pushFlags,
  push: Flags.boolean({
    default: false,
    description: 'Make the images in the registry itself: no engine, and no byte of the base moves.',
    env: 'AIMCTL_PUSH',
  }),
  load: Flags.boolean({
    default: false,
    description: 'Put the images onto the engine without building there.',
    env: 'AIMCTL_LOAD',
  }),
  output: Flags.string({
    helpValue: 'oci:DIR|docker-archive:FILE',
    description: 'Write the images to disk, complete with their base.',
    env: 'AIMCTL_BUILD_OUTPUT',
  }),
  builder: Flags.option({
    options: BUILDERS,
    description: 'What makes the images; follows from --push, --load and --output.',
    env: 'AIMCTL_BUILDER',
  })(),
};

/** What images are called and made of, apart from their tags. */
export const untaggedImageFlags = {
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
  'tag-scheme': Flags.option({
    options: TAG_SCHEMES,
    default: 'semver',
    description: 'semver: aim-ORG-MODEL:VERSION; dated: aim:BASE-ORG-MODEL-vDATE.',
    env: 'AIMCTL_TAG_SCHEME',
  })(),
  'layout-version': Flags.option({
    options: LAYOUT_VERSIONS,
    default: LAYOUT_VERSIONS[0],
    description: "How an image's bytes are made of its inputs; an old one reproduces old digests.",
    env: 'AIMCTL_LAYOUT_VERSION',
  })(),
};

/** What images are called and made of. */
export const imageFlags = {
  ...untaggedImageFlags,
  tag: Flags.string({
    helpValue: 'TAG',
    description: 'Tag of the image instead of the computed one.',
    env: 'AIMCTL_TAG',
  }),
};

/** Flags of every command that builds images. */
export const buildFlags = {
  ...hostFlag,
  ...targetFlags,
  ...imageFlags,
  cache: Flags.boolean({
    allowNo: true,
    default: true,
    description: "Let the engine reuse earlier builds' steps.",
    env: 'AIMCTL_CACHE',
  }),
};

/** `--concurrency`: how many images at a time. */
export const concurrencyFlag = {
  concurrency: Flags.integer({
    helpValue: 'N',
    min: 1,
    max: MOST_CONCURRENT,
    description: 'Images at the same time; default is 2 on an engine and 16 in a registry.',
    env: 'AIMCTL_CONCURRENCY',
  }),
};

/** Which models. */
export const modelArgs = {
  'org/model': Args.string({
    multiple: true,
    // Else a missing argument would be read from standard input.
    ignoreStdin: true,
    description: 'Models, as their folders below profiles/ are named.',
  }),
};

export const modelFlags = {
  all: Flags.boolean({ default: false, description: 'All models that have profiles.', env: 'AIMCTL_ALL' }),
};

/** `--images`: which images. */
export const imagesFlag = {
  images: Flags.string({
    multiple: true,
    helpValue: 'NAME',
    description: 'base or ORG/MODEL, several after each other; default is all.',
    env: 'AIMCTL_IMAGES',
  }),
};
