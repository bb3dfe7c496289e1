import { resolve } from 'node:path';
import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.ts';
import { profilesFolder } from '../../cli/build-images.ts';
import { conversionFlags } from '../../cli/document-flags.ts';
import { renderConversion } from '../../cli/present/conversion.ts';
import { resolveExportPaths } from '../../recipes/export-paths.ts';
import { exportProfiles, type ConversionReport } from '../../recipes/files.ts';

export class RecipeExport extends BaseCommand {
  static override summary = 'Turn profiles into AIM recipes.';
  static override description =
    'Collects profiles of one metric by model, GPU model and precision. What a recipe cannot say, such as environment ' +
    'variables, is left out and told.';
  static override args = {
    profile: Args.string({
      multiple: true,
      required: true,
      ignoreStdin: true,
      description: 'Profiles: files, folders, models as ORG/MODEL, or names below profiles/.',
    }),
  };
  static override examples = [
    { description: "A model's recipes", command: '<%= config.bin %> recipe export Qwen/Qwen3-32B' },
    {
      description: 'Write those for throughput',
      command: '<%= config.bin %> recipe export Qwen/Qwen3-32B --metric throughput --output config/recipes',
    },
  ];
  static override flags = {
    ...conversionFlags,
    profiles: Flags.string({
      helpValue: 'DIR',
      description: 'Folder with the profiles; default is the one that belongs to this program.',
      env: 'AIMCTL_PROFILES',
    }),
  };

  override async run(): Promise<ConversionReport> {
    const { flags, args } = await this.parse(RecipeExport);
    const { metric, force } = flags;
    const root = profilesFolder(flags.profiles, this.open(flags).locations.root);
    const output = flags.output === undefined ? undefined : resolve(flags.output);
    const report = exportProfiles(resolveExportPaths(args.profile, root), { metric, force, output });
    return this.finish(flags, report, renderConversion);
  }
}
