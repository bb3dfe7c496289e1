import { failure } from '../exit-codes.ts';
import { findConfig } from '../lint/config.ts';
import { formatManifest } from '../oci/reference.ts';
import type { ReleaseItem } from '../release/apply.ts';
import { openScanner } from './scanner.ts';
import type { Session } from './session.ts';

/**
 * Scans images that have no tag yet, by digest.
 * @throws AimError check-failed when the configuration does not let one of them pass, environment without a scanner
 */
export async function scanRelease(session: Session, items: readonly ReleaseItem[]): Promise<void> {
  const images = items.filter(({ isTagged }) => !isTagged).map((item) => formatManifest(item.repository, item.digest));
  if (images.length === 0) return;
  const [{ loadScanConfig }, { scanImages }] = await Promise.all([
    import('../scan/config.ts'),
    import('../scan/scan.ts'),
  ]);
  const { progress, clock } = session;
  const report = await scanImages(await openScanner(session, undefined), images, {
    config: loadScanConfig(findConfig(process.cwd())),
    today: new Date(clock.nowMs()).toISOString().slice(0, 10),
    onScan: (image) => progress.task(image, { phase: 'scanning' }),
    onScanned: (image, passed) => progress.endTask(image, passed ? 'nothing that stops it' : 'stops the release'),
  });
  if (report.passed) return;
  throw failure('check-failed', {
    message: 'the release is stopped: images have vulnerabilities that aimctl.config.yaml does not let pass',
    details: report.images.filter(({ passed }) => !passed).map(({ image }) => image),
    hint: 'No tag was written. aimctl scan IMAGE shows what was found.',
  });
}
