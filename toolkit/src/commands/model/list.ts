import { Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.ts';
import { catalogueFlags } from '../../cli/model-flags.ts';
import { renderModels, type ModelsReport } from '../../cli/present/models.ts';
import { catalogueFolders, loadModels } from '../../models/catalogue.ts';

export class ModelList extends BaseCommand {
  static override summary = 'List the models of the catalogue.';
  static override description = 'Parameters are computed from the dimensions of the model where these are known.';
  static override examples = [
    { description: 'Show them as a table', command: '<%= config.bin %> model list' },
    { description: 'Those for reasoning', command: '<%= config.bin %> model list --tag reasoning --json' },
  ];
  static override flags = {
    ...catalogueFlags,
    tag: Flags.string({ helpValue: 'TAG', description: 'Only models with this tag.', env: 'AIMCTL_MODEL_TAG' }),
  };

  override async run(): Promise<ModelsReport> {
    const { flags } = await this.parse(ModelList);
    const folders = catalogueFolders(this.open(flags).locations.root, flags);
    return this.finish(flags, { models: loadModels(folders, flags.tag) }, renderModels);
  }
}
