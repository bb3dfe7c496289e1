import { Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.ts';
import { concludeValidation, documentPaths, filesArg } from '../../cli/document-flags.ts';
import { renderValidation } from '../../cli/present/validation.ts';
import type { ValidationReport } from '../../documents/files.ts';
import { catalogueFolders, checkModelFiles } from '../../models/catalogue.ts';

export class ModelValidate extends BaseCommand {
  static override summary = 'Check entries of the model catalogue.';
  static override description =
    'Checks the schema, the name of the file, and that precisions, variants and gating are those of the profiles that ' +
    'the entry names. Without files or --dir the catalogue of this program is checked. Exits with 3 when there are errors.';
  static override args = filesArg;
  static override examples = [
    { description: 'Check the catalogue', command: '<%= config.bin %> model validate' },
    { description: 'Check a folder', command: '<%= config.bin %> model validate --dir config/models' },
  ];
  static override flags = {
    dir: Flags.string({ helpValue: 'DIR', description: 'Check every YAML file below it.', env: 'AIMCTL_MODELS' }),
    profiles: Flags.string({
      helpValue: 'DIR',
      description: 'Folder with the profiles; default is the one that belongs to this program.',
      env: 'AIMCTL_PROFILES',
    }),
  };

  override async run(): Promise<ValidationReport> {
    const { flags, args } = await this.parse(ModelValidate);
    const { root } = this.open(flags).locations;
    const { profiles } = catalogueFolders(root, { profiles: flags.profiles });
    const files = checkModelFiles(documentPaths(args.file, flags.dir, { root, folder: 'models' }), profiles);
    return this.finish(flags, concludeValidation(files), renderValidation);
  }
}
