import { resolve } from 'node:path';
import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.ts';
import { registryFlags } from '../cli/flags.ts';
import { renderVerification, type VerifyReport } from '../cli/present/verify.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { parsePlatform } from '../images/base-image.ts';
import { verifyImage } from '../images/verify.ts';

export class Verify extends BaseCommand {
  static override summary = 'Make images again from the commit they name, and compare digests.';
  static override description =
    'Reads from the registry what an image says about itself: commit, base digest, time and layout. ' +
    'The files of that commit come from this repository. Exits with 3 when a digest differs.';
  static override args = {
    image: Args.string({
      required: true,
      multiple: true,
      ignoreStdin: true,
      description: 'References of images in a registry.',
    }),
  };
  static override examples = [
    {
      description: 'Check a published image',
      command: '<%= config.bin %> verify ghcr.io/my-org/aim-qwen-qwen3-32b:0.9.0',
    },
    {
      description: 'With the files of a folder instead of the commit',
      command: '<%= config.bin %> verify ghcr.io/my-org/aim-qwen-qwen3-32b:0.9.0 --profiles ./profiles',
    },
  ];
  static override flags = {
    ...registryFlags,
    profiles: Flags.string({
      helpValue: 'DIR',
      description: 'Use the profiles of this folder instead of those of the recorded commit.',
      env: 'AIMCTL_PROFILES',
    }),
    runtime: Flags.string({
      helpValue: 'FILE',
      description: 'Executable aim-runtime a base image was made with; default is the one built in this repository.',
      env: 'AIMCTL_RUNTIME',
    }),
  };

  override async run(): Promise<VerifyReport> {
    const { flags, args } = await this.parse(Verify);
    const session = this.open(flags);
    const { locations, progress } = session;
    const registry = await session.connectRegistries(flags.insecure);
    const options = {
      platform: parsePlatform(flags.platform),
      open: session.sources(flags.profiles === undefined ? undefined : resolve(flags.profiles)),
      version: locations.version,
      runtime: flags.runtime === undefined ? locations.runtime : resolve(flags.runtime),
    };
    const images = [];
    for (const reference of args.image) {
      progress.task(reference, { phase: 'making it again' });
      const result = await verifyImage(registry, reference, options);
      progress.endTask(reference, result.verified ? 'verified' : 'differs');
      images.push(result);
    }
    const report = { verified: images.every(({ verified }) => verified), images };
    this.finish(flags, report, renderVerification);
    if (!report.verified) process.exitCode = EXIT_CODES['check-failed'];
    return report;
  }
}
