import { Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.ts';
import { buildSettings, type BuildReport } from '../cli/build-images.ts';
import { eventFlags } from '../cli/event-flags.ts';
import { concurrencyFlag, imageFlags, modelArgs, modelFlags, pushFlags } from '../cli/flags.ts';
import { loadRequestedModels, loadTaggedModels } from '../cli/model-plans.ts';
import { renderBuild } from '../cli/present/build.ts';
import { pushImages } from '../cli/push-images.ts';
import { failure } from '../exit-codes.ts';

export class Push extends BaseCommand {
  static override summary = "Make models' images in a registry.";
  static override description =
    'Shows what `plan` shows and does it, without an engine and without moving a byte of the base; on a terminal it ' +
    'asks first. The tag follows from the event and from the tags there, see `version`. A tag that another run takes ' +
    'meanwhile is not overwritten: the next one is used.';
  static override args = modelArgs;
  static override examples = [
    { description: 'Push all models', command: '<%= config.bin %> push --all --registry ghcr.io/my-org' },
    {
      description: 'Push release candidates, as CI does on a branch',
      command: '<%= config.bin %> push --all --registry ghcr.io/my-org --ref refs/heads/feature/new-model',
    },
    {
      description: 'Push one under a tag of your own',
      command: '<%= config.bin %> push Qwen/Qwen3-32B --registry ghcr.io/my-org --tag test-1',
    },
  ];
  static override flags = {
    ...imageFlags,
    ...pushFlags,
    ...eventFlags,
    ...concurrencyFlag,
    ...modelFlags,
    yes: Flags.boolean({
      char: 'y',
      default: false,
      description: 'Push without asking; nobody is asked where there is no terminal.',
      env: 'AIMCTL_YES',
    }),
  };

  override async run(): Promise<BuildReport> {
    const { flags, args } = await this.parse(Push);
    if (flags.registry === undefined) {
      throw failure('usage', {
        message: 'push makes images in a registry, and none was named',
        hint: 'For example --registry ghcr.io/my-org.',
      });
    }
    const common = buildSettings({ ...flags, push: true, load: false, cache: true });
    const session = this.open(flags);
    const names = args['org/model'] ?? [];
    if (flags['dry-run'])
      return this.finish(flags, { plans: loadRequestedModels(session, flags, names).plans }, renderBuild);
    const { plans, ...models } = await loadTaggedModels(session, flags, names);
    const settings = { ...common, ...models, concurrency: flags.concurrency, yes: flags.yes };
    return this.finish(flags, await pushImages(session, plans, settings), renderBuild);
  }
}
