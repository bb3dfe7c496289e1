import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.ts';
import { renderExplanation, renderLint, type RuleExplanation } from '../cli/present/lint.ts';
import { gitHubFlags } from '../cli/release-flags.ts';
import { checkLint } from '../cli/report-github.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import type { LintReport } from '../lint/run.ts';

export class Lint extends BaseCommand {
  static override summary = 'Check profiles, metadata, recipes and schemas.';
  static override description =
    'Reports what an image, an engine or a cluster would trip over, with its place, why it matters and what to do. ' +
    'aimctl.config.yaml sets severities; the comment "# aim-lint-disable RULE -- reason" turns a rule off for its ' +
    'line, with -next-line for the one below, with -file for the file. Exits with 3 when there are errors.';
  static override args = {
    paths: Args.string({
      multiple: true,
      ignoreStdin: true,
      description: 'Files and folders; default are profiles/, recipes/ and schemas/ of this program.',
    }),
  };
  static override examples = [
    { description: 'Check the catalogue', command: '<%= config.bin %> lint profiles' },
    { description: 'Repair what can be repaired', command: '<%= config.bin %> lint my-profiles --fix' },
    { description: 'Read about a rule', command: '<%= config.bin %> lint --explain engine-arg-removed' },
    {
      description: 'See what a newer engine would refuse',
      command: '<%= config.bin %> lint profiles --engine-version main-20260807',
    },
    { description: 'Write a log for code scanning', command: '<%= config.bin %> lint --format sarif > lint.sarif' },
  ];
  static override flags = {
    format: Flags.option({
      options: ['text', 'json', 'sarif', 'github'] as const,
      default: 'text',
      description: 'Form of the output; json is the same as --json, github are annotations for GitHub Actions.',
      env: 'AIMCTL_LINT_FORMAT',
    })(),
    fix: Flags.boolean({ default: false, description: 'Repair what is mechanical.', env: 'AIMCTL_FIX' }),
    rule: Flags.string({
      helpValue: 'RULE[=SEVERITY]',
      multiple: true,
      multipleNonGreedy: true,
      description: 'Run only this rule, or give it a severity: error, warning, info or off; may be repeated.',
      env: 'AIMCTL_LINT_RULE',
    }),
    'max-warnings': Flags.integer({
      helpValue: 'N',
      min: 0,
      description: 'Fail when there are more warnings than this.',
      env: 'AIMCTL_MAX_WARNINGS',
    }),
    'engine-version': Flags.string({
      helpValue: 'VERSION',
      description: 'Version of vLLM, or day of its main branch, to check against; default is that of the base image.',
      env: 'AIMCTL_ENGINE_VERSION',
    }),
    config: Flags.string({
      helpValue: 'FILE',
      description: 'Configuration; default is aimctl.config.yaml beside or above the first path.',
      env: 'AIMCTL_CONFIG',
    }),
    ...gitHubFlags,
    'check-run': Flags.boolean({
      default: false,
      description: 'Also show the findings as annotations of a check on GitHub; needs GITHUB_TOKEN.',
      env: 'AIMCTL_CHECK_RUN',
    }),
    explain: Flags.string({ helpValue: 'RULE', description: 'Show the page of a rule.', env: 'AIMCTL_LINT_EXPLAIN' }),
  };

  override async run(): Promise<LintReport | RuleExplanation> {
    const { flags, args } = await this.parse(Lint);
    const json = { json: flags.json || flags.format === 'json' };
    const session = this.open({ ...flags, ...json });
    const { locations } = session;
    // Rules and tables take a while to load; other commands do not pay for them.
    const lint = await import('../lint/main.ts');
    if (flags.explain !== undefined) {
      return this.finish(json, lint.explainRule(flags.explain, join(locations.root, 'docs/lint')), renderExplanation);
    }
    const report = await lint.lintWithOptions({
      paths: args.paths ?? defaultPaths(locations.root),
      cwd: process.cwd(),
      config: flags.config,
      version: flags['engine-version'],
      rules: flags.rule ?? [],
      fix: flags.fix,
    });
    const { errors, warnings } = report.summary;
    const isFailed = errors > 0 || warnings > (flags['max-warnings'] ?? Number.POSITIVE_INFINITY);
    if (isFailed) process.exitCode = EXIT_CODES['check-failed'];
    if (flags['check-run']) await checkLint(session, report, { isFailed, repository: flags.repository });
    const renderers = {
      text: (result: LintReport) => renderLint(result, flags.verbose),
      json: (result: LintReport) => renderLint(result, flags.verbose),
      sarif: ({ findings }: LintReport) => lint.renderSarif(findings, lint.RULES, locations.version),
      github: ({ findings }: LintReport) => lint.renderGithub(findings),
    };
    return this.finish(json, report, renderers[flags.format]);
  }
}

/** What a clone or the package holds of what can be checked. */
function defaultPaths(root: string): string[] {
  return ['profiles', 'recipes', 'schemas'].map((name) => join(root, name)).filter((path) => existsSync(path));
}
