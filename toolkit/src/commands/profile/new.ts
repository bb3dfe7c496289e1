import { Args, Flags } from '@oclif/core';
import { ENGINES } from 'aim-runtime/profile';
import { BaseCommand } from '../../cli/base-command.ts';
import { profilesFolder } from '../../cli/build-images.ts';
import { renderWritten } from '../../cli/present/profiles.ts';
import { parseGpu, targetFlags, writeFlags } from '../../cli/profile-flags.ts';
import { createProfile } from '../../profiles/create.ts';
import { parseProfile } from '../../profiles/find.ts';
import { memoryNotes } from '../../profiles/memory-notes.ts';
import { parseModelFolder } from '../../profiles/naming.ts';
import { writeProfile, type WrittenProfile } from '../../profiles/write.ts';

export class ProfileNew extends BaseCommand {
  static override summary = 'Write a new profile with the usual settings.';
  static override description =
    'Gives the file the name and the place that its contents ask for. Without ORG/MODEL it is a general profile.';
  static override args = {
    'org/model': Args.string({ ignoreStdin: true, description: 'Model of the image, as its folder is named.' }),
  };
  static override examples = [
    {
      description: 'A profile for one MI355X',
      command: '<%= config.bin %> profile new Qwen/Qwen3-32B --gpu MI355X --precision bf16',
    },
    {
      description: 'One for eight GPUs that serves a quantised checkpoint',
      command:
        '<%= config.bin %> profile new meta-llama/Llama-3.3-70B-Instruct --gpu MI300X --precision fp8 --gpu-count 8 --model-id amd/Llama-3.3-70B-Instruct-FP8-KV',
    },
    {
      description: 'Look at a general profile without writing it',
      command: '<%= config.bin %> profile new --gpu MI325X --dry-run',
    },
  ];
  static override flags = {
    ...writeFlags,
    ...targetFlags,
    gpu: Flags.string({
      helpValue: 'MODEL',
      required: true,
      description: 'GPU, for example MI355X.',
      env: 'AIMCTL_GPU',
    }),
    engine: Flags.option({
      options: ENGINES,
      default: 'vllm',
      description: 'Engine to start.',
      env: 'AIMCTL_ENGINE',
    })(),
    type: Flags.option({
      options: ['optimized', 'preview', 'unoptimized'] as const,
      default: 'unoptimized',
      description: 'How far it was tuned.',
      env: 'AIMCTL_TYPE',
    })(),
    manual: Flags.boolean({
      default: false,
      description: 'The runtime never selects it by itself.',
      env: 'AIMCTL_MANUAL',
    }),
  };

  override async run(): Promise<WrittenProfile> {
    const { flags, args } = await this.parse(ProfileNew);
    const { locations } = this.open(flags);
    const model = args['org/model'];
    const aimId = model === undefined ? undefined : parseModelFolder(model);
    const created = createProfile({
      aimId,
      modelId: flags['model-id'],
      engine: flags.engine,
      gpu: parseGpu(flags.gpu),
      precision: flags.precision ?? 'fp16',
      gpuCount: Number(flags['gpu-count'] ?? 1),
      metric: flags.metric ?? 'latency',
      type: flags.type,
      manual: flags.manual,
    });
    const root = profilesFolder(flags.profiles, locations.root);
    const place = `${root}/${aimId ?? 'general'}/${created.fileName}`;
    const notes = [...created.notes, ...memoryNotes(parseProfile(place, created.text))];
    const { output, force: overwrite, 'dry-run': dryRun } = flags;
    const result = writeProfile({ ...created, notes, aimId }, { root, output, overwrite, dryRun });
    return this.finish(flags, result, renderWritten);
  }
}
