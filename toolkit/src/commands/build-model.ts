import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.ts';
import { buildImages, namingOf, profilesFolder, type BuildReport } from '../cli/build-images.ts';
import { buildFlags, concurrencyFlag } from '../cli/flags.ts';
import { renderBuild } from '../cli/present/build.ts';
import { failure } from '../exit-codes.ts';
import { loadModelPlans } from '../images/load-plans.ts';
import { baseReference, parseReference } from '../images/names.ts';

export class BuildModel extends BaseCommand {
  static override summary = "Build models' images on top of aim-base.";
  static override description =
    "Adds a model's profiles to aim-base. Weights are not part of the image: they are loaded when it starts. " +
    'Without --base the aim-base of this version is used, from the same --registry.';
  static override args = {
    'org/model': Args.string({
      multiple: true,
      // Else a missing argument would be read from standard input.
      ignoreStdin: true,
      description: 'Models to build, as their folders below profiles/ are named.',
    }),
  };
  static override examples = [
    {
      description: "Build one model's image",
      command: '<%= config.bin %> build-model meta-llama/Llama-3.1-8B-Instruct',
    },
    {
      description: 'Build all of them, four at a time',
      command: '<%= config.bin %> build-model --all --concurrency 4',
    },
    {
      description: 'See what would be built',
      command: '<%= config.bin %> build-model Qwen/Qwen3-32B --dry-run',
    },
  ];
  static override flags = {
    ...buildFlags,
    ...concurrencyFlag,
    all: Flags.boolean({ default: false, description: 'Build every model that has profiles.', env: 'AIMCTL_ALL' }),
  };

  override async run(): Promise<BuildReport> {
    const { flags, args } = await this.parse(BuildModel);
    const names = args['org/model'] ?? [];
    if (flags.all === names.length > 0) {
      throw failure('usage', {
        message: flags.all ? 'name models or give --all, not both' : 'no model was named',
        hint: 'For example: aimctl build-model meta-llama/Llama-3.1-8B-Instruct',
      });
    }
    const session = this.open(flags);
    const { locations } = session;
    const naming = namingOf(flags);
    const ownBase = baseReference(locations.version, { ...naming, tag: undefined });
    const plans = loadModelPlans({
      version: locations.version,
      base: flags.base === undefined ? ownBase : parseReference(flags.base),
      naming,
      stamp: session.stamp(),
      profiles: profilesFolder(flags.profiles, locations.root),
      models: { names, all: flags.all },
    });
    const { host, cache, concurrency, 'dry-run': dryRun } = flags;
    const localBase = naming.registry === undefined ? ownBase : undefined;
    const report = await buildImages(session, plans, { host, cache, concurrency, dryRun, localBase });
    return this.finish(flags, report, renderBuild);
  }
}
