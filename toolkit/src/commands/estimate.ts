import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.ts';
import { profilesFolder } from '../cli/build-images.ts';
import { renderEstimates, type EstimateReport } from '../cli/present/estimate.ts';
import { profilesFlag } from '../cli/profile-flags.ts';
import { estimateProfile } from '../estimate/profile-estimate.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { findProfilePath, loadProfile } from '../profiles/find.ts';

export class Estimate extends BaseCommand {
  static override summary = 'Estimate the GPU memory that profiles need.';
  static override description =
    'Says what weights, engine and cached tokens take on each GPU, how many sequences fit, and the largest context. ' +
    "The model's dimensions come from --model-config, a model cache, the table of known models, or the hub. " +
    'With --verbose every number is shown with its formula and source. Exits with 3 when a profile does not fit.';
  static override args = {
    profile: Args.string({
      multiple: true,
      required: true,
      ignoreStdin: true,
      description: 'Profiles: files, or their names below profiles/.',
    }),
  };
  static override examples = [
    {
      description: 'Estimate a profile of the catalogue',
      command: '<%= config.bin %> estimate Qwen/Qwen3-32B/vllm-mi300x-fp16-tp1-latency',
    },
    {
      description: 'See where every number comes from',
      command: '<%= config.bin %> estimate my-profile.yaml --verbose',
    },
    {
      description: 'Try a longer context on other GPUs',
      command: '<%= config.bin %> estimate my-profile.yaml --context 131072 --gpu MI325X --gpu MI355X',
    },
    {
      description: 'Estimate a model that is not published',
      command: '<%= config.bin %> estimate my-profile.yaml --model-config ./my-model/config.json',
    },
  ];
  static override flags = {
    ...profilesFlag,
    gpu: Flags.string({
      helpValue: 'MODEL',
      multiple: true,
      multipleNonGreedy: true,
      description: "GPU to look at instead of the profile's own; may be repeated.",
      env: 'AIMCTL_ESTIMATE_GPU',
    }),
    context: Flags.integer({
      helpValue: 'TOKENS',
      min: 1,
      description: "Context length to look at instead of the profile's own.",
      env: 'AIMCTL_CONTEXT',
    }),
    model: Flags.string({
      helpValue: 'ORG/MODEL',
      description: "Model to assume instead of the profile's own.",
      env: 'AIMCTL_MODEL',
    }),
    'model-config': Flags.string({
      helpValue: 'FILE',
      description: "The model's config.json, or the folder that holds it.",
      env: 'AIMCTL_MODEL_CONFIG',
    }),
  };

  override async run(): Promise<EstimateReport> {
    const { flags, args } = await this.parse(Estimate);
    const session = this.open(flags);
    const root = profilesFolder(flags.profiles, session.locations.root);
    const options = {
      model: flags.model,
      modelConfig: flags['model-config'],
      gpus: flags.gpu ?? [],
      contextTokens: flags.context,
    };
    const surroundings = { sources: session.modelSources(), signal: session.signal };
    const profiles = args.profile.map((name) => loadProfile(findProfilePath(name, root)));
    const found = await Promise.all(profiles.map((profile) => estimateProfile(profile, options, surroundings)));
    const estimates = found.flat();
    if (estimates.some(({ fits }) => !fits)) process.exitCode = EXIT_CODES['check-failed'];
    return this.finish(flags, { estimates }, (report) => renderEstimates(report, flags.verbose));
  }
}
