import { BaseCommand } from '../cli/base-command.ts';
import { buildImages, buildSettings, type BuildReport } from '../cli/build-images.ts';
import { eventFlags } from '../cli/event-flags.ts';
import { buildFlags, concurrencyFlag, modelArgs, modelFlags } from '../cli/flags.ts';
import { loadRequestedModels, loadTaggedModels } from '../cli/model-plans.ts';
import { renderBuild } from '../cli/present/build.ts';

export class BuildModel extends BaseCommand {
  static override summary = "Build models' images on top of aim-base.";
  static override description =
    "Adds a model's profiles to aim-base. Weights are not part of the image: they are loaded when it starts. " +
    'Without --base the aim-base of this version is used, from the same --registry. ' +
    'With --push the tag follows from the event and from the tags there; --tag overrides it.';
  static override args = modelArgs;
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
      description: 'Make all of them in a registry, without Docker',
      command: '<%= config.bin %> build-model --all --registry ghcr.io/my-org --push',
    },
    {
      description: 'See what would be built',
      command: '<%= config.bin %> build-model Qwen/Qwen3-32B --dry-run',
    },
  ];
  static override flags = { ...buildFlags, ...eventFlags, ...concurrencyFlag, ...modelFlags };

  override async run(): Promise<BuildReport> {
    const { flags, args } = await this.parse(BuildModel);
    const settings = buildSettings(flags);
    const session = this.open(flags);
    const names = args['org/model'] ?? [];
    const isTagged = flags.push && !flags['dry-run'];
    const models = isTagged
      ? await loadTaggedModels(session, flags, names)
      : { ...loadRequestedModels(session, flags, names), tagging: undefined };
    const { plans, localBase, tagging } = models;
    const { concurrency } = flags;
    const report = await buildImages(session, plans, { ...settings, concurrency, localBase, tagging });
    return this.finish(flags, report, renderBuild);
  }
}
