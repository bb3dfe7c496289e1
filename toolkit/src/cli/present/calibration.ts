import type { Calibration } from '../../bench/calibrate/run.ts';
import { renderTable } from './table.ts';

/** Figures beside their targets, with what was not met marked. */
export function renderCalibration({ cores, figures, ceilingReason }: Calibration): string {
  const rows = figures.map(({ what, value, unit, target, bound, met }) => [
    what,
    `${formatFigure(value)} ${unit}`.trimEnd(),
    target === null ? '' : `${bound} ${formatFigure(target)} ${unit}`.trimEnd(),
    met === null ? '' : met ? 'met' : 'NOT MET',
  ]);
  const where =
    cores === null
      ? 'Client and server shared all cores: errors are larger than with a core for each.'
      : `Client on core ${cores.client}, simulated server on core ${cores.server}.`;
  return `${renderTable(['', 'measured', 'target', ''], rows)}\n\nThe ceiling was set by: ${ceilingReason}.\n${where}`;
}

function formatFigure(value: number): string {
  if (!Number.isFinite(value)) return 'n/a';
  return Math.abs(value) >= 1000 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)));
}
