import type { ImageScan, ScanReport } from '../../scan/scan.ts';
import { SEVERITIES } from '../../scan/severity.ts';
import { renderTable } from './table.ts';

/** Findings that stop a release in full, all others as numbers. */
export function renderScan({ scanner, threshold, images }: ScanReport): string {
  const fixed = threshold.onlyFixed ? ' that a newer version repairs' : '';
  const rule = threshold.failOn === 'never' ? 'nothing stops a release' : `${threshold.failOn} or worse${fixed} stops`;
  return [...images.map(renderImage), `${scanner.name} ${scanner.version} (${scanner.source}); ${rule}`].join('\n');
}

function renderImage({ image, passed, counts, vulnerabilities, expired }: ImageScan): string {
  const numbers = SEVERITIES.toReversed()
    .filter((severity) => counts[severity] > 0)
    .map((severity) => `${counts[severity]} ${severity}`);
  const stopping = vulnerabilities
    .filter(({ verdict }) => verdict === 'stops')
    .map(({ id, severity, package: name, version, fixedIn }) => [
      `  ${id}`,
      severity,
      `${name} ${version}`,
      fixedIn.length === 0 ? 'no fixed version' : `fixed in ${fixedIn.join(', ')}`,
    ]);
  return [
    `${image}  ${passed ? 'passed' : 'stopped'}  ${numbers.join(', ') || 'nothing known'}`,
    ...(stopping.length === 0 ? [] : [renderTable(['  VULNERABILITY', 'SEVERITY', 'PACKAGE', 'CURE'], stopping)]),
    ...(expired.length === 0 ? [] : [`  no longer accepted, their day has passed: ${expired.join(', ')}`]),
  ].join('\n');
}
