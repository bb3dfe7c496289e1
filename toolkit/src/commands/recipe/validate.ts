import { Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.ts';
import { concludeValidation, documentPaths, filesArg } from '../../cli/document-flags.ts';
import { renderValidation } from '../../cli/present/validation.ts';
import type { ValidationReport } from '../../documents/files.ts';
import { checkRecipeFiles } from '../../recipes/files.ts';

export class RecipeValidate extends BaseCommand {
  static override summary = 'Check AIM recipes.';
  static override description =
    'Checks five things: the schema; that recipe_id is the name of the file; that model_id, huggingface_id and --model ' +
    'are the same; that a configuration is enabled; that the tensor-parallel size is the number of GPUs of its key. ' +
    'Without files or --dir the recipes that belong to this program are checked. Exits with 3 when there are errors.';
  static override args = filesArg;
  static override examples = [
    { description: 'Check one recipe', command: '<%= config.bin %> recipe validate qwen3-32b-mi250-bf16.yaml' },
    { description: 'Check a folder', command: '<%= config.bin %> recipe validate --dir config/recipes' },
  ];
  static override flags = {
    dir: Flags.string({ helpValue: 'DIR', description: 'Check every YAML file below it.', env: 'AIMCTL_RECIPES' }),
  };

  override async run(): Promise<ValidationReport> {
    const { flags, args } = await this.parse(RecipeValidate);
    const { root } = this.open(flags).locations;
    const files = checkRecipeFiles(documentPaths(args.file, flags.dir, { root, folder: 'recipes' }));
    return this.finish(flags, concludeValidation(files), renderValidation);
  }
}
