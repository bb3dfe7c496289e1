import { resolve } from 'node:path';
import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.ts';
import { catalogueFlags } from '../../cli/model-flags.ts';
import { renderCards, type CardsReport } from '../../cli/present/models.ts';
import { EXIT_CODES } from '../../exit-codes.ts';
import { updateCards } from '../../models/cards.ts';
import { catalogueFolders, loadModel, loadModels } from '../../models/catalogue.ts';

export class ModelCards extends BaseCommand {
  static override summary = 'Fetch model cards and configurations from the hub.';
  static override description =
    'Writes README.md, config.json and card.json, with the facts of the configuration, of each model. Asks only for ' +
    'what has changed. What the hub does not give stays as it is; with HF_HUB_OFFLINE nothing is asked. HF_TOKEN ' +
    'opens gated models and raises rate limits, HF_ENDPOINT names a mirror. Exits with 5 when a model has no card afterwards.';
  static override args = {
    model: Args.string({
      multiple: true,
      ignoreStdin: true,
      description: 'Models, as ORG/MODEL or by name; default is the whole catalogue.',
    }),
  };
  static override examples = [
    { description: 'Fetch all of them', command: '<%= config.bin %> model cards' },
    {
      description: "One model's, elsewhere",
      command: '<%= config.bin %> model cards Qwen/Qwen3-32B --output docs/cards',
    },
  ];
  static override flags = {
    ...catalogueFlags,
    output: Flags.string({
      char: 'o',
      helpValue: 'DIR',
      default: 'model-cards',
      description: 'Folder that gets <org>/<model> of each.',
      env: 'AIMCTL_CARDS',
    }),
  };

  override async run(): Promise<CardsReport> {
    const { flags, args } = await this.parse(ModelCards);
    const session = this.open(flags);
    const folders = catalogueFolders(session.locations.root, flags);
    const named = args.model ?? [];
    const models = named.length === 0 ? loadModels(folders) : named.map((name) => loadModel(folders, name));
    const cards = await updateCards(
      models.map(({ id }) => id),
      {
        output: resolve(flags.output),
        hub: session.modelSources().hub,
        signal: session.signal,
        onDone: ({ id, outcome }) => {
          session.progress.update(`${id}: ${outcome}`);
        },
      },
    );
    if (cards.some(({ outcome }) => outcome === 'missing')) process.exitCode = EXIT_CODES.remote;
    return this.finish(flags, { cards }, renderCards);
  }
}
