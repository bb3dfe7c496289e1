import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.ts';
import { hostFlag, imageFlags, imagesFlag, registryFlags } from '../cli/flags.ts';
import { renderTags, type TagReport } from '../cli/present/tags.ts';
import { consentFlags } from '../cli/release-flags.ts';
import { tagImages } from '../cli/tag-images.ts';

export class Tag extends BaseCommand {
  static override summary = 'Give an image in a registry another tag, or images of the engine names for a registry.';
  static override description =
    'With a REFERENCE its manifest gets the tag --tag in the same repository, byte for byte; a version is never given ' +
    'twice, and latest and X.Y only move forward. Without one, the images that were built on the Docker Engine are ' +
    'named for --registry.';
  static override args = {
    reference: Args.string({
      ignoreStdin: true,
      description: 'Image in a registry.',
    }),
  };
  static override examples = [
    {
      description: 'Mark a version in the registry',
      command: '<%= config.bin %> tag ghcr.io/my-org/aim-base:0.9 --tag stable --yes',
    },
    {
      description: 'Name what was built here for a registry',
      command: '<%= config.bin %> tag --registry ghcr.io/my-org',
    },
    {
      description: 'One of them, to see what would happen',
      command: '<%= config.bin %> tag --registry ghcr.io/my-org --images Qwen/Qwen3-32B --dry-run',
    },
  ];
  static override flags = {
    tag: Flags.string({ helpValue: 'TAG', description: 'Tag that the image gets.', env: 'AIMCTL_TAG' }),
    registry: imageFlags.registry,
    ...imagesFlag,
    insecure: registryFlags.insecure,
    ...hostFlag,
    ...consentFlags,
  };

  override async run(): Promise<TagReport> {
    const { flags, args } = await this.parse(Tag);
    return this.finish(flags, await tagImages(this.open(flags), flags, args.reference), renderTags);
  }
}
