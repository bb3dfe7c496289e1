import { Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.ts';
import { hostFlag } from '../cli/flags.ts';
import { renderImages, type ImagesReport } from '../cli/present/images.ts';
import { listAimImages } from '../images/list.ts';

export class Images extends BaseCommand {
  static override summary = 'List the AIM images on a Docker Engine.';
  static override description = 'Recognises images by their labels, whatever their names are.';
  static override examples = [
    { description: 'Show them as a table', command: '<%= config.bin %> images' },
    { description: 'For other programs', command: '<%= config.bin %> images --json' },
  ];
  static override flags = {
    ...hostFlag,
    format: Flags.option({
      options: ['table', 'json'] as const,
      default: 'table',
      description: 'Form of the output; json is the same as --json.',
      env: 'AIMCTL_IMAGES_FORMAT',
    })(),
  };

  override async run(): Promise<ImagesReport> {
    const { flags } = await this.parse(Images);
    const engine = await this.open(flags).connect(flags.host);
    const result = { images: await listAimImages(engine) };
    return this.finish({ json: flags.json || flags.format === 'json' }, result, renderImages);
  }
}
