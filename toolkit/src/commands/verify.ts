import { resolve } from 'node:path';
import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.ts';
import { registryFlags } from '../cli/flags.ts';
import { renderVerification, type VerifyReport } from '../cli/present/verify.ts';
import { loadTrust, trustFlags } from '../cli/trust-flags.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { parsePlatform } from '../images/base-image.ts';
import { verifyAll } from '../supply-chain/verify-published.ts';

export class Verify extends BaseCommand {
  static override summary = 'Make images again from the commit they name, and check their signatures.';
  static override description =
    'Reads from the registry what an image says about itself: commit, base digest, time and layout. ' +
    'The files of that commit come from this repository. What is attached to the image is checked too: signature, ' +
    'provenance, SBOM; with --key or --certificate-identity all three have to be there. Exits with 3 when a digest ' +
    'differs or a signature is wrong or missing.';
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
      description: 'Demand the signature of a release pipeline, without making the image again',
      command:
        '<%= config.bin %> verify ghcr.io/my-org/aim-base:0.9 --no-rebuild --trusted-root trusted_root.json ' +
        '--certificate-identity https://github.com/my-org/aim/.github/workflows/images.yml@refs/heads/release/0.9',
    },
  ];
  static override flags = {
    ...registryFlags,
    ...trustFlags,
    rebuild: Flags.boolean({
      allowNo: true,
      default: true,
      description: 'Make the image again; without it only what is attached to it is checked.',
      env: 'AIMCTL_REBUILD',
    }),
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
    const trust = await loadTrust(flags);
    const rebuild = {
      platform: parsePlatform(flags.platform),
      open: session.sources(flags.profiles === undefined ? undefined : resolve(flags.profiles)),
      version: locations.version,
      runtime: flags.runtime === undefined ? locations.runtime : resolve(flags.runtime),
    };
    const images = await verifyAll(registry, args.image, {
      rebuild: flags.rebuild ? rebuild : undefined,
      trust,
      onVerify: (reference) => progress.task(reference, { phase: flags.rebuild ? 'making it again' : 'checking' }),
      onVerified: (reference, verified) => progress.endTask(reference, verified ? 'verified' : 'differs'),
    });
    const report = { verified: images.every(({ verified }) => verified), images };
    this.finish(flags, report, renderVerification);
    if (!report.verified) process.exitCode = EXIT_CODES['check-failed'];
    return report;
  }
}
