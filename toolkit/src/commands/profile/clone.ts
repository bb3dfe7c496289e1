import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.ts';
import { profilesFolder } from '../../cli/build-images.ts';
import { renderWritten } from '../../cli/present/profiles.ts';
import { parseGpu, targetFlags, writeFlags } from '../../cli/profile-flags.ts';
import { cloneProfile } from '../../profiles/clone.ts';
import { findProfilePath, loadProfile, loadSiblings, parseProfile } from '../../profiles/find.ts';
import { memoryNotes } from '../../profiles/memory-notes.ts';
import { writeProfile, type WrittenProfile } from '../../profiles/write.ts';

export class ProfileClone extends BaseCommand {
  static override summary = 'Copy a profile to another GPU, precision, count or metric.';
  static override description =
    'Adjusts what depends on them: file name, tensor parallelism, instruction set, data types, checkpoint. The copy is ' +
    'unoptimized and manual, because it was not measured.';
  static override args = {
    profile: Args.string({ required: true, ignoreStdin: true, description: 'Profile to copy: a file or its name.' }),
  };
  static override examples = [
    {
      description: 'Bring a profile to MI355X',
      command: '<%= config.bin %> profile clone Qwen/Qwen3-32B/vllm-mi300x-fp16-tp1-latency --gpu MI355X',
    },
    {
      description: 'Use two GPUs and fp8, and see the result only',
      command:
        '<%= config.bin %> profile clone Qwen/Qwen3-32B/vllm-mi300x-fp16-tp1-latency --gpu-count 2 --precision fp8 --dry-run',
    },
  ];
  static override flags = {
    ...writeFlags,
    ...targetFlags,
    automatic: Flags.boolean({
      default: false,
      description: 'Let the runtime select the copy by itself.',
      env: 'AIMCTL_AUTOMATIC',
    }),
  };

  override async run(): Promise<WrittenProfile> {
    const { flags, args } = await this.parse(ProfileClone);
    const { locations } = this.open(flags);
    const root = profilesFolder(flags.profiles, locations.root);
    const path = findProfilePath(args.profile, root);
    const profile = loadProfile(path);
    const cloned = cloneProfile(
      { profile, text: readFileSync(path, 'utf8'), siblings: loadSiblings(path) },
      {
        gpu: flags.gpu === undefined ? undefined : parseGpu(flags.gpu),
        precision: flags.precision,
        gpuCount: flags['gpu-count'] === undefined ? undefined : Number(flags['gpu-count']),
        metric: flags.metric,
        modelId: flags['model-id'],
        automatic: flags.automatic,
      },
    );
    const copy = `${dirname(path)}/${cloned.fileName}`;
    const notes = [...cloned.notes, ...memoryNotes(parseProfile(copy, cloned.text))];
    const { output = copy, force: overwrite, 'dry-run': dryRun } = flags;
    const result = writeProfile({ ...cloned, notes, aimId: profile.aimId }, { root, output, overwrite, dryRun });
    return this.finish(flags, result, renderWritten);
  }
}
