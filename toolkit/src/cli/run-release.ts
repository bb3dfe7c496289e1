import { failure } from '../exit-codes.ts';
import { writeWholeFile } from '../images/write-file.ts';
import { formatManifest } from '../oci/reference.ts';
import { isSameSet, renderRecord } from '../release/record.ts';
import type { ReleaseItem } from '../release/apply.ts';
import { selectUncommitted, type ReleasePlan } from '../release/plan.ts';
import type { GitHubReport } from '../release/report-github.ts';
import type { AttestOptions } from '../supply-chain/attest.ts';
import { confirmPlan } from './confirm.ts';
import { renderReleasePlan, type ReleaseReport } from './present/release.ts';
import { publishRelease } from './publish-release.ts';
import { prepareRelease, type PreparedRelease, type ReleaseSource } from './release-images.ts';
import { scanRelease } from './scan-release.ts';
import { tagScope } from './tagging.ts';
import type { Session } from './session.ts';

export interface ReleaseSettings extends ReleaseSource {
  readonly dryRun: boolean;
  readonly yes: boolean;
  /** Undefined: nothing is attested. */
  readonly attest: AttestOptions | undefined;
  readonly allowBaseUpload: boolean;
  /** Whether official versions may be made of files that were not committed. */
  readonly allowDirty: boolean;
  /** Whether vulnerabilities may stop it. */
  readonly scan: boolean;
  /** Whether to report to GitHub, and to which repository; undefined for the workflow's own. */
  readonly github: { readonly repository: string | undefined } | undefined;
  /** File for the record. */
  readonly output: string | undefined;
}

/** Plans a release, shows it, and does it while the lock keeps other runs from the tags. */
export async function runRelease(session: Session, settings: ReleaseSettings): Promise<ReleaseReport> {
  const { dryRun, yes, tagging, flags } = settings;
  const shown = dryRun || !yes ? await prepareRelease(session, settings) : undefined;
  if (shown !== undefined && (dryRun || !shown.plan.isPending)) {
    session.progress.note(renderReleasePlan(shown.plan, describeSteps(settings)));
    return finishRelease(session, settings, { plan: shown.plan, isApplied: false });
  }
  if (shown !== undefined) {
    refuseUncommitted(shown.plan, settings);
    await confirmPlan(session, renderReleasePlan(shown.plan, describeSteps(settings)), { yes });
  }
  const plan = await tagging.lock.run(tagScope(flags.registry), async (held, onWritten) => {
    const prepared = await prepareRelease(session, settings, new Set(held.written.keys()));
    if (shown !== undefined) refuseOther(shown.plan, prepared.plan);
    else await confirmPlan(session, renderReleasePlan(prepared.plan, describeSteps(settings)), { yes });
    refuseUncommitted(prepared.plan, settings);
    const approve = async (items: readonly ReleaseItem[]) => {
      if (settings.scan) await scanRelease(session, items);
      await held.confirm();
    };
    const onTagged = ({ repository, tag, digest }: ReleaseItem) => onWritten(formatManifest(repository, tag), digest);
    await applyPrepared(session, prepared, { ...settings, approve, onTagged });
    return prepared.plan;
  });
  return finishRelease(session, settings, { plan, isApplied: plan.isPending });
}

async function applyPrepared(
  session: Session,
  { plan, pushes }: PreparedRelease,
  settings: ReleaseSettings & {
    readonly approve: (items: readonly ReleaseItem[]) => Promise<void>;
    readonly onTagged: (item: ReleaseItem) => void;
  },
): Promise<void> {
  const { registry, attest, allowBaseUpload, flags, approve, onTagged } = settings;
  const { createProvider } = await import('../release/load-release.ts');
  const onEvent = () => undefined;
  await publishRelease(session, plan, {
    registry,
    concurrency: flags.concurrency,
    provide: createProvider(registry, pushes, { allowBaseUpload, onEvent }),
    attest: attest && (await createAttestor(settings, attest)),
    approve,
    onTagged,
  });
}

async function createAttestor({ registry }: ReleaseSource, options: AttestOptions) {
  const { attestImage } = await import('../supply-chain/attest.ts');
  return async ({ repository, digest }: ReleaseItem): Promise<void> => {
    await attestImage(registry, formatManifest(repository, digest), options);
  };
}

/** The lock was taken after the plan was shown: somebody may have been quicker. */
function refuseOther(shown: ReleasePlan, now: ReleasePlan): void {
  if (isSameSet(shown.images, now.images)) return;
  throw failure('check-failed', {
    message: 'somebody else wrote tags after the plan was shown, so it is another one now',
    hint: 'Run the command again.',
  });
}

/** Nobody could make these images again, and the release would name a commit that holds something else. */
function refuseUncommitted({ stage, images }: ReleasePlan, { allowDirty }: ReleaseSettings): void {
  const dirty = selectUncommitted({ images });
  if (stage !== 'official' || allowDirty || dirty.length === 0) return;
  throw failure('check-failed', {
    message: 'official versions would be made of files that differ from their commit',
    details: dirty.map(({ repository, tag }) => `${repository}:${tag}`),
    hint: 'Commit the changes below profiles/, schemas/, templates/ and runtime/, or add --allow-dirty.',
  });
}

function describeSteps({ attest, github, scan, allowBaseUpload }: ReleaseSettings): string[] {
  const signer = attest?.signer?.name;
  return [
    attest === undefined
      ? 'Nothing is attested.'
      : `SBOM and provenance are attached, ${signer === undefined ? 'unsigned: there is no key and no identity to sign with' : `signed by ${signer}`}.`,
    ...(scan ? ['New images are scanned for vulnerabilities before they get their tags.'] : []),
    ...(github === undefined ? ['GitHub is not told; --github does that.'] : []),
    ...(allowBaseUpload ? ['Layers of the base may be uploaded.'] : []),
  ];
}

async function finishRelease(
  session: Session,
  settings: ReleaseSettings,
  { plan, isApplied }: { readonly plan: ReleasePlan; readonly isApplied: boolean },
): Promise<ReleaseReport> {
  const { stage, record, isResumed: resumed } = plan;
  const { output, attest, dryRun } = settings;
  if (output !== undefined) await writeWholeFile(output, [Buffer.from(renderRecord(record))], session);
  // A release attests all that it gives tags, and stops where it cannot; it looks at nothing else.
  const attested = isApplied && attest !== undefined;
  const signer = (attested ? attest.signer?.name : undefined) ?? null;
  const github = dryRun ? null : await tellGitHub(session, settings, plan);
  return { stage, applied: isApplied, resumed, record, attested, signer, github };
}

async function tellGitHub(
  session: Session,
  { github, tagging }: ReleaseSettings,
  plan: ReleasePlan,
): Promise<GitHubReport | null> {
  if (github === undefined) return null;
  const repository = await session.github(github.repository);
  if (repository === undefined) {
    session.progress.note('GitHub was not told: GITHUB_TOKEN or the name of the repository is missing.');
    return null;
  }
  const { reportToGitHub } = await import('../release/report-github.ts');
  return reportToGitHub(repository, plan, tagging.event);
}
