import type { VersionReport } from '../../versions/report.ts';
import { renderTable } from './table.ts';

export function renderVersions({ version, event, stage, images }: VersionReport): string {
  const rows = images.map(({ image, tag, state, floating, reason }) => [
    image,
    tag ?? '-',
    state,
    floating.join(' ') || '-',
    reason,
  ]);
  const heading = ['IMAGE', 'TAG', 'STATE', 'FLOATING', 'WHY'];
  return `Version ${version}, ${stage} images: ${event.description}.\n\n${renderTable(heading, rows)}`;
}
