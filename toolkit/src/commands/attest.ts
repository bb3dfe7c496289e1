import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.ts';
import { registryFlags } from '../cli/flags.ts';
import { renderAttestation, type AttestReport } from '../cli/present/attest.ts';
import { signingFlags, toSigningSettings } from '../cli/signing-flags.ts';
import { attestAll } from '../supply-chain/attest.ts';

export class Attest extends BaseCommand {
  static override summary = 'Attach an SBOM and signed provenance to images in a registry.';
  static override description =
    'Reads what an image is made of from its registry, so it can be run at any time after the push; what is there ' +
    'already is not added again. Without a key and outside of GitHub Actions the provenance is attached unsigned.';
  static override args = {
    image: Args.string({
      required: true,
      multiple: true,
      ignoreStdin: true,
      description: 'References of images in a registry that aimctl made.',
    }),
  };
  static override examples = [
    {
      description: 'Sign with a key',
      command: '<%= config.bin %> attest ghcr.io/my-org/aim-base:0.9 --sign-key aim.key',
    },
    {
      description: 'In GitHub Actions, with the identity of the workflow',
      command: '<%= config.bin %> attest ghcr.io/my-org/aim-base:0.9 --keyless',
    },
  ];
  static override flags = {
    insecure: registryFlags.insecure,
    ...signingFlags,
    'dry-run': Flags.boolean({
      default: false,
      description: 'Show what is there and what would be attached, and stop.',
      env: 'AIMCTL_DRY_RUN',
    }),
  };

  override async run(): Promise<AttestReport> {
    const { flags, args } = await this.parse(Attest);
    const session = this.open(flags);
    const options = await session.attestation(toSigningSettings(flags));
    const registry = await session.connectRegistries(flags.insecure);
    const images = await attestAll(registry, args.image, {
      ...options,
      isDryRun: flags['dry-run'],
      onAttest: (reference) => session.progress.task(reference, { phase: flags['dry-run'] ? 'looking' : 'attesting' }),
      onAttested: (reference) => session.progress.endTask(reference, flags['dry-run'] ? 'looked at' : 'attested'),
    });
    return this.finish(flags, { images }, renderAttestation);
  }
}
