import { BaseCommand } from '../cli/base-command.ts';
import { hostFlag, imageFlags, modelArgs, modelFlags, registryFlags } from '../cli/flags.ts';
import { loadRequestedModels } from '../cli/model-plans.ts';
import { renderDoctor, type DoctorReport } from '../cli/present/doctor.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { parsePlatform } from '../images/base-image.ts';
import { checkEngine, checkRegistry, checkRepositories, type Check } from '../images/doctor.ts';
import { parseReference } from '../oci/reference.ts';

export class Doctor extends BaseCommand {
  static override summary = 'Check what building and pushing need: engine, registry, credentials and rights.';
  static override description =
    'With --registry, the repositories of all models (or of those that are named) are tried without changing an image: ' +
    'the right to push, mounting of base layers, referrers. At most four requests for each. ' +
    'Pushing needs no engine, so a missing one is only a warning then, unless --host names it. ' +
    'Exits with 3 when something failed.';
  static override args = modelArgs;
  static override examples = [
    { description: 'Is there a Docker Engine?', command: '<%= config.bin %> doctor' },
    {
      description: 'May I push all models there, and with which credentials?',
      command: '<%= config.bin %> doctor --registry ghcr.io/my-org',
    },
  ];
  static override flags = { ...hostFlag, ...imageFlags, ...registryFlags, ...modelFlags };

  override async run(): Promise<DoctorReport> {
    const { flags, args } = await this.parse(Doctor);
    const session = this.open(flags);
    const isEngineNeeded = flags.registry === undefined || flags.host !== undefined;
    const checks: Check[] = [await checkEngine(() => session.connect(flags.host), isEngineNeeded)];
    if (flags.registry !== undefined) {
      const names = args['org/model'] ?? [];
      const { plans } = loadRequestedModels(session, { ...flags, all: names.length === 0 }, names);
      const repositories = plans.map(({ reference }) => parseReference(reference));
      const registry = await session.connectRegistries(flags.insecure);
      for (const host of new Set(repositories.map((repository) => repository.host)))
        checks.push(await checkRegistry(registry, host));
      const request = { repositories, base: plans[0]?.base ?? '', platform: parsePlatform(flags.platform) };
      checks.push(...(await checkRepositories(registry, request)));
    }
    const report = { ok: checks.every(({ status }) => status !== 'failed'), checks };
    this.finish(flags, report, renderDoctor);
    if (!report.ok) process.exitCode = EXIT_CODES['check-failed'];
    return report;
  }
}
