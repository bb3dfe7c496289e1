import { Args } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.ts';
import { catalogueFlags } from '../../cli/model-flags.ts';
import { renderModel } from '../../cli/present/models.ts';
import { catalogueFolders, loadModel, type ModelDetails } from '../../models/catalogue.ts';

export class ModelShow extends BaseCommand {
  static override summary = 'Show a model: dimensions, licence, profiles, recipes.';
  static override args = {
    model: Args.string({ required: true, ignoreStdin: true, description: 'ORG/MODEL, or the name alone.' }),
  };
  static override examples = [
    { description: 'Show a model', command: '<%= config.bin %> model show Qwen/Qwen3-32B' },
    { description: 'By its name alone', command: '<%= config.bin %> model show gpt-oss-120b --json' },
  ];
  static override flags = catalogueFlags;

  override async run(): Promise<ModelDetails> {
    const { flags, args } = await this.parse(ModelShow);
    const folders = catalogueFolders(this.open(flags).locations.root, flags);
    return this.finish(flags, loadModel(folders, args.model), renderModel);
  }
}
