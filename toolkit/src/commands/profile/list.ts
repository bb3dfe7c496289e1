import { Flags } from '@oclif/core';
import { ENGINES, PROFILE_TYPES } from 'aim-runtime/profile';
import { BaseCommand } from '../../cli/base-command.ts';
import { profilesFolder } from '../../cli/build-images.ts';
import { renderCatalogue } from '../../cli/present/profiles.ts';
import { profilesFlag, targetFlags } from '../../cli/profile-flags.ts';
import { listCatalogue, type Catalogue } from '../../profiles/list.ts';

export class ProfileList extends BaseCommand {
  static override summary = 'List the profiles of the catalogue.';
  static override description = 'Each flag leaves only the profiles that are so.';
  static override examples = [
    { description: 'All of them', command: '<%= config.bin %> profile list' },
    {
      description: 'What there is for MI355X in fp8',
      command: '<%= config.bin %> profile list --gpu MI355X --precision fp8',
    },
    { description: 'For other programs', command: '<%= config.bin %> profile list --model Qwen/Qwen3-32B --json' },
  ];
  static override flags = {
    ...profilesFlag,
    model: Flags.string({
      helpValue: 'ORG/MODEL',
      description: 'Model of the image or checkpoint.',
      env: 'AIMCTL_MODEL',
    }),
    gpu: targetFlags.gpu,
    precision: targetFlags.precision,
    metric: targetFlags.metric,
    engine: Flags.option({ options: ENGINES, description: 'Engine to start.', env: 'AIMCTL_ENGINE' })(),
    type: Flags.option({ options: PROFILE_TYPES, description: 'How far it was tuned.', env: 'AIMCTL_LIST_TYPE' })(),
  };

  override async run(): Promise<Catalogue> {
    const { flags } = await this.parse(ProfileList);
    const { locations } = this.open(flags);
    const { model, gpu, precision, metric, engine, type } = flags;
    const filter = { model, gpu, precision, metric, engine, type };
    const catalogue = listCatalogue(profilesFolder(flags.profiles, locations.root), filter);
    return this.finish(flags, catalogue, renderCatalogue);
  }
}
