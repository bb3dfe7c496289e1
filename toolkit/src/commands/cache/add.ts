import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.ts';
import { cacheFlags } from '../../cli/cache-flags.ts';
import { renderAdded, type AddReport } from '../../cli/present/cache.ts';

export class CacheAdd extends BaseCommand {
  static override summary = 'Download models into the model cache.';
  static override description =
    'The same download as that of the image: resumed where it stopped, every file verified, one process at a time. ' +
    'HF_TOKEN, HF_ENDPOINT, HF_HUB_OFFLINE and the AWS variables count. Prints the folders.';
  static override args = {
    model: Args.string({
      multiple: true,
      required: true,
      ignoreStdin: true,
      description: 'org/model[@revision], hf://org/model or s3://bucket/prefix.',
    }),
  };
  static override examples = [
    { description: 'Download a model', command: '<%= config.bin %> cache add Qwen/Qwen3-32B' },
    {
      description: 'From a bucket, under a name of your own',
      command: '<%= config.bin %> cache add s3://models/tuned/v3 --model-name acme/tuned',
    },
  ];
  static override flags = {
    ...cacheFlags,
    'use-hf-cache': Flags.boolean({
      default: false,
      description: "In the layout of the hub's own tools, hub/models--org--model.",
      env: 'AIMCTL_USE_HF_CACHE',
    }),
    'model-name': Flags.string({
      helpValue: 'NAME',
      description: 'Folder below the cache instead of org/model.',
      env: 'AIMCTL_MODEL_NAME',
    }),
    include: Flags.string({
      helpValue: 'PATTERN',
      multiple: true,
      multipleNonGreedy: true,
      default: [],
      description: 'Only files that match; may be repeated.',
      env: 'AIMCTL_INCLUDE',
    }),
    exclude: Flags.string({
      helpValue: 'PATTERN',
      multiple: true,
      multipleNonGreedy: true,
      default: [],
      description: 'None of the files that match; may be repeated.',
      env: 'AIMCTL_EXCLUDE',
    }),
  };

  override async run(): Promise<AddReport> {
    const { flags, args } = await this.parse(CacheAdd);
    const { progress, signal, ...session } = this.open(flags);
    const { addModels } = await import('../../cache/add.ts');
    const added = await addModels(
      session.modelCache(flags['cache-dir']),
      {
        models: args.model,
        layout: flags['use-hf-cache'] ? 'hub' : 'folder',
        modelName: flags['model-name'],
        include: flags.include,
        exclude: flags.exclude,
      },
      { signal, onProgress: (text) => progress.update(text), onNote: (text) => progress.note(text) },
    );
    return this.finish(flags, { added }, renderAdded);
  }
}
