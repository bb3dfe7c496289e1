import { Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.ts';
import { confirmPlan } from '../cli/confirm.ts';
import { imagesFlag, registryFlags } from '../cli/flags.ts';
import { renderPublished, renderReleasePlan, type PromoteReport } from '../cli/present/release.ts';
import { publishRelease } from '../cli/publish-release.ts';
import { consentFlags, releaseConcurrencyFlag, releaseRegistryFlag } from '../cli/release-flags.ts';
import { lockTags } from '../cli/tagging.ts';
import { parseRegistry } from '../images/names.ts';

export class Promote extends BaseCommand {
  static override summary = 'Copy the images of a release into another registry or namespace.';
  static override description =
    'Copies by digest: every byte stays, and signatures, SBOMs and provenance go along. Layers that images share move ' +
    'once, none of them where the registry mounts them. Floating tags only move forward, after everything else. With ' +
    '--images some come ahead, by their versions alone; floating tags follow with the whole release.';
  static override examples = [
    {
      description: 'Publish the newest release',
      command: '<%= config.bin %> promote --registry ghcr.io/my-org/staging --to ghcr.io/my-org',
    },
    {
      description: 'In CI, another release',
      command:
        '<%= config.bin %> promote --registry ghcr.io/my-org --to registry.example.com/aim --release 0.9.3 --yes',
    },
    {
      description: 'One model ahead of the others',
      command:
        '<%= config.bin %> promote --registry ghcr.io/my-org/staging --to ghcr.io/my-org --images Qwen/Qwen3-32B',
    },
  ];
  static override flags = {
    ...releaseRegistryFlag,
    insecure: registryFlags.insecure,
    ...releaseConcurrencyFlag,
    ...consentFlags,
    to: Flags.string({
      required: true,
      helpValue: 'HOST[/NAMESPACE]',
      description: 'Where the images go.',
      env: 'AIMCTL_PROMOTE_TO',
    }),
    release: Flags.string({
      helpValue: 'RELEASE',
      description: 'Name of the release; default is the newest.',
      env: 'AIMCTL_RELEASE',
    }),
    ...imagesFlag,
  };

  override async run(): Promise<PromoteReport> {
    const { flags } = await this.parse(Promote);
    const session = this.open(flags);
    const { concurrency, release, images } = flags;
    const [from, to] = [parseRegistry(flags.registry), parseRegistry(flags.to)];
    const registry = await session.connectRegistries(flags.insecure);
    const { createPromoter, loadPromotion } = await import('../release/load-promotion.ts');
    const plan = await loadPromotion(registry, { from, to, release, images, concurrency });
    const isApplied = plan.isPending && !flags['dry-run'];
    const promoter = createPromoter(registry, from);
    if (isApplied) {
      await confirmPlan(session, renderReleasePlan(plan, []), flags);
      await lockTags(session, to, (held) =>
        publishRelease(session, plan, { registry, concurrency, ...promoter, approve: () => held.confirm() }),
      );
    } else session.progress.note(renderReleasePlan(plan, []));
    const { stage, isResumed: resumed, record } = plan;
    const report = { stage, applied: isApplied, resumed, record, referrers: promoter.referrers() };
    return this.finish(flags, report, renderPublished);
  }
}
