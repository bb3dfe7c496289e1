import { Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.ts';
import { REGISTRY_CONCURRENCY } from '../cli/build-images.ts';
import { eventFlags } from '../cli/event-flags.ts';
import { concurrencyFlag, imageFlags, modelArgs, modelFlags, registryFlags } from '../cli/flags.ts';
import { loadTaggedModels } from '../cli/model-plans.ts';
import { renderPlanReport, summarizePlan, type PlanReport } from '../cli/present/plan.ts';
import { EXIT_CODES, failure, isToolkitErrorCode } from '../exit-codes.ts';
import { parsePlatform } from '../images/base-image.ts';
import { gitHubFlags } from '../cli/release-flags.ts';
import { commentPlan } from '../cli/report-github.ts';
import { createBaseExplainer } from '../images/explain-base.ts';
import { planPushes } from '../images/plan-pushes.ts';
import { createRegistryBuilder } from '../images/registry-builder.ts';

export class Plan extends BaseCommand {
  static override summary = "Show what a push of models' images would change.";
  static override description =
    'Compares profiles, metadata and base with what the registry has, and says which tag each image would get: one ' +
    'or two requests per image, and two for the base. ' +
    '`build-model --push` does exactly what this shows.';
  static override args = modelArgs;
  static override examples = [
    {
      description: 'What would change in a registry',
      command: '<%= config.bin %> plan --all --registry ghcr.io/my-org',
    },
    {
      description: 'In CI: exit with 3 when something is pending',
      command: '<%= config.bin %> plan --all --registry ghcr.io/my-org --exit-code --json',
    },
  ];
  static override flags = {
    ...imageFlags,
    ...registryFlags,
    ...concurrencyFlag,
    ...modelFlags,
    ...eventFlags,
    ...gitHubFlags,
    comment: Flags.boolean({
      default: false,
      description: 'Also write it as a comment on the pull request, in place of an earlier one.',
      env: 'AIMCTL_COMMENT',
    }),
    'dry-run': Flags.boolean({
      default: false,
      description: 'Write no comment either; a plan changes no image anyway.',
      env: 'AIMCTL_DRY_RUN',
    }),
    'exit-code': Flags.boolean({
      default: false,
      description: 'Exit with 3 when a push would change something.',
      env: 'AIMCTL_EXIT_CODE',
    }),
  };

  override async run(): Promise<PlanReport> {
    const { flags, args } = await this.parse(Plan);
    if (flags.registry === undefined) {
      throw failure('usage', {
        message: 'plan compares with a registry, and none was named',
        hint: 'For example --registry ghcr.io/my-org.',
      });
    }
    const session = this.open(flags);
    const { plans, tagging, registry } = await loadTaggedModels(session, flags, args['org/model'] ?? []);
    const platform = parsePlatform(flags.platform);
    const builder = createRegistryBuilder(registry, { platform, allowBaseUpload: false, tags: tagging });
    const options = {
      concurrency: flags.concurrency ?? REGISTRY_CONCURRENCY,
      explain: createBaseExplainer(registry),
    };
    const report = summarizePlan(await planPushes(builder, plans, options));
    const isCommented = flags.comment && !flags['dry-run'];
    if (isCommented) await commentPlan(session, report, { event: tagging?.event, repository: flags.repository });
    this.finish(flags, report, renderPlanReport);
    const failed = report.images.find(({ state }) => state === 'failed')?.problem?.code;
    if (failed !== undefined) process.exitCode = EXIT_CODES[isToolkitErrorCode(failed) ? failed : 'internal'];
    else if (flags['exit-code'] && report.pending) process.exitCode = EXIT_CODES['check-failed'];
    return report;
  }
}
