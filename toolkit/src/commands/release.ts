import { resolve } from 'node:path';
import { Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.ts';
import { eventFlags } from '../cli/event-flags.ts';
import { imageFlags, modelFlags, pushFlags } from '../cli/flags.ts';
import { renderRelease, type ReleaseReport } from '../cli/present/release.ts';
import { consentFlags, gitHubFlags, releaseConcurrencyFlag, releaseRegistryFlag } from '../cli/release-flags.ts';
import { runRelease } from '../cli/run-release.ts';
import { signingFlags, toSigningSettings } from '../cli/signing-flags.ts';
import { openTagging } from '../cli/tagging.ts';
import { DEFAULT_UPSTREAM } from '../images/plan.ts';

export class Release extends BaseCommand {
  static override summary = 'Push images, attest them, tag them, and only then move the floating tags.';
  static override description =
    'Which tags these are follows from the event, see `version`. Every image is pushed by digest and attested before ' +
    'the first tag is written; X.Y and latest move when all versions are there and were read back, for official ' +
    'releases only. A run that was cut off is finished by the same command. What was released, and what the floating ' +
    'tags named before, is kept in the registry, in the repository aim-releases: `rollback` needs it.';
  static override examples = [
    {
      description: 'See what would be released',
      command: '<%= config.bin %> release --all --registry ghcr.io/my-org --dry-run',
    },
    {
      description: 'In CI: images, notes on GitHub, or a comment on the pull request',
      command: '<%= config.bin %> release --all --registry ghcr.io/my-org --yes --github',
    },
    {
      description: 'Base image and one model, signed with a key',
      command: '<%= config.bin %> release --images base Qwen/Qwen3-32B --registry ghcr.io/my-org --sign-key aim.key',
    },
  ];
  static override flags = {
    base: imageFlags.base,
    profiles: imageFlags.profiles,
    'tag-scheme': imageFlags['tag-scheme'],
    'layout-version': imageFlags['layout-version'],
    ...pushFlags,
    ...eventFlags,
    ...modelFlags,
    ...releaseRegistryFlag,
    ...releaseConcurrencyFlag,
    ...consentFlags,
    ...signingFlags,
    ...gitHubFlags,
    images: Flags.string({
      multiple: true,
      helpValue: 'NAME',
      description: 'base or ORG/MODEL, several after each other; --all are all models, without the base image.',
      env: 'AIMCTL_IMAGES',
    }),
    upstream: Flags.string({
      helpValue: 'REFERENCE',
      default: DEFAULT_UPSTREAM,
      description: 'Image that the base image is built on.',
      env: 'AIMCTL_UPSTREAM',
    }),
    runtime: Flags.string({
      helpValue: 'FILE',
      description: 'Executable aim-runtime for the base image; default is the one built in this repository.',
      env: 'AIMCTL_RUNTIME',
    }),
    attest: Flags.boolean({
      allowNo: true,
      default: true,
      description: 'Attach SBOM and provenance.',
      env: 'AIMCTL_ATTEST',
    }),
    scan: Flags.boolean({
      default: false,
      description: 'Scan what is new before its tag is written; what aimctl.config.yaml does not let pass stops it.',
      env: 'AIMCTL_RELEASE_SCAN',
    }),
    github: Flags.boolean({
      default: false,
      description: 'Make a release on GitHub with notes, or comment on the pull request; needs GITHUB_TOKEN.',
      env: 'AIMCTL_GITHUB',
    }),
    'allow-dirty': Flags.boolean({
      default: false,
      description: 'Make official versions also of files that were not committed, which nobody can make again.',
      env: 'AIMCTL_ALLOW_DIRTY',
    }),
    output: Flags.string({
      helpValue: 'FILE',
      description: 'Also write the record to a file.',
      env: 'AIMCTL_OUTPUT_FILE',
    }),
  };

  override async run(): Promise<ReleaseReport> {
    const { flags } = await this.parse(Release);
    const session = this.open(flags);
    const report = await runRelease(session, {
      tagging: openTagging(session, flags),
      registry: await session.connectRegistries(flags.insecure),
      flags,
      dryRun: flags['dry-run'],
      yes: flags.yes,
      attest: flags.attest ? await session.attestation(toSigningSettings(flags)) : undefined,
      allowBaseUpload: flags['allow-base-upload'],
      allowDirty: flags['allow-dirty'],
      scan: flags.scan,
      github: flags.github ? { repository: flags.repository } : undefined,
      output: flags.output === undefined ? undefined : resolve(flags.output),
    });
    return this.finish(flags, report, renderRelease);
  }
}
