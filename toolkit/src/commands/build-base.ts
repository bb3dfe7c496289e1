import { resolve } from 'node:path';
import { Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.ts';
import {
  buildImages,
  buildSettings,
  namingOf,
  profilesFolder,
  stampOf,
  type BuildReport,
} from '../cli/build-images.ts';
import { eventFlags } from '../cli/event-flags.ts';
import { buildFlags } from '../cli/flags.ts';
import { renderBuild } from '../cli/present/build.ts';
import { openTagging } from '../cli/tagging.ts';
import { loadBasePlan } from '../images/load-plans.ts';
import { parseReference } from '../oci/reference.ts';
import { DEFAULT_UPSTREAM } from '../images/plan.ts';

export class BuildBase extends BaseCommand {
  static override summary = 'Build the base image, aim-base.';
  static override description =
    'Adds the runtime, the general profiles and the schemas to an image with an inference engine. ' +
    `Without --base that is ${DEFAULT_UPSTREAM}.`;
  static override examples = [
    { description: 'Build aim-base on the default engine image', command: '<%= config.bin %> build-base' },
    {
      description: 'Build it on another image, under a name for a registry',
      command: '<%= config.bin %> build-base --base rocm/vllm:latest --registry ghcr.io/my-org',
    },
    { description: 'Show what would be in it', command: '<%= config.bin %> build-base --dry-run --json' },
  ];
  static override flags = {
    ...buildFlags,
    ...eventFlags,
    runtime: Flags.string({
      helpValue: 'FILE',
      description: 'Executable aim-runtime to put into the image; default is the one built in this repository.',
      env: 'AIMCTL_RUNTIME',
    }),
  };

  override async run(): Promise<BuildReport> {
    const { flags } = await this.parse(BuildBase);
    const session = this.open(flags);
    const { locations } = session;
    const plan = loadBasePlan({
      version: locations.version,
      base: parseReference(flags.base ?? DEFAULT_UPSTREAM).text,
      naming: namingOf(flags),
      stamp: stampOf(session, flags),
      layoutVersion: flags['layout-version'],
      profiles: profilesFolder(flags.profiles, locations.root),
      schemas: resolve(locations.root, 'schemas'),
      runtime: flags.runtime === undefined ? locations.runtime : resolve(flags.runtime),
    });
    const isTagged = flags.push && !flags['dry-run'] && flags.tag === undefined;
    const tagging = isTagged ? openTagging(session, flags) : undefined;
    const settings = { ...buildSettings(flags), concurrency: undefined, localBase: undefined, tagging };
    return this.finish(flags, await buildImages(session, [plan], settings), renderBuild);
  }
}
