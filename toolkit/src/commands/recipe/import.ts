import { resolve } from 'node:path';
import { Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.ts';
import { conversionFlags, documentPaths, filesArg } from '../../cli/document-flags.ts';
import { renderConversion } from '../../cli/present/conversion.ts';
import { importRecipes, type ConversionReport } from '../../recipes/files.ts';

export class RecipeImport extends BaseCommand {
  static override summary = 'Turn AIM recipes into profiles.';
  static override description =
    "Makes one profile of each enabled configuration. Flags that are not the engine's are translated, values become " +
    'numbers and flags, model and port are left out because the runtime sets them; all of it is told. ' +
    'Hardware MI250 becomes MI250X.';
  static override args = filesArg;
  static override examples = [
    { description: 'See the profiles', command: '<%= config.bin %> recipe import qwen3-32b-mi250-bf16.yaml' },
    {
      description: 'Write them where a container finds them as custom profiles',
      command: '<%= config.bin %> recipe import --dir config/recipes --output profiles/custom',
    },
  ];
  static override flags = {
    ...conversionFlags,
    dir: Flags.string({ helpValue: 'DIR', description: 'Read every YAML file below it.', env: 'AIMCTL_RECIPES' }),
  };

  override async run(): Promise<ConversionReport> {
    const { flags, args } = await this.parse(RecipeImport);
    const { root } = this.open(flags).locations;
    const { metric, force } = flags;
    const output = flags.output === undefined ? undefined : resolve(flags.output);
    const paths = documentPaths(args.file, flags.dir, { root, folder: 'recipes' });
    return this.finish(flags, await importRecipes(paths, { metric, force, output }), renderConversion);
  }
}
