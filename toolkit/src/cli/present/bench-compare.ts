import type { Comparison, FigureComparison, PointComparison } from '../../bench/compare/compare.ts';
import { renderEstimate, renderShare } from '../../bench/report/numbers.ts';
import { FIGURES } from '../../bench/summary/figures.ts';
import { renderTable } from './table.ts';

const VERDICTS = { worse: 'WORSE', better: 'better', same: 'same', unclear: 'too few repeats' } as const;
const MISSING = {
  not_measured: 'not measured the second time',
  no_valid_repeat_before: 'no valid repeat the first time',
  no_valid_repeat_after: 'no valid repeat the second time',
} as const;

/** A table for each point, then what else was different and the verdict. */
export function renderComparison(comparison: Comparison): string {
  const { points, warnings, worse, better, unclear, missing } = comparison;
  const judged = points.flatMap(({ figures }) => figures).filter(({ verdict }) => verdict !== null).length;
  const counts = [`${worse} worse`, `${better} better`, `${unclear} unclear`, `${missing} missing`].join(', ');
  return [
    ...points.map(renderPoint),
    ...(warnings.length === 0 ? [] : [warnings.map((warning) => `Note: ${warning}.`).join('\n')]),
    `${renderVerdict(comparison, judged)}: ${judged} figures judged in ${points.length} points, ${counts}.`,
  ].join('\n\n');
}

/** Where nothing could be judged, nothing is known to be well. */
function renderVerdict({ passed, unclear }: Comparison, judged: number): string {
  if (!passed) return 'Failed';
  if (unclear === 0) return 'No regression';
  return unclear === judged ? 'Not known, for want of repeats' : 'No regression where there were enough repeats';
}

function renderPoint({ profile, shape, missing, reasons, figures }: PointComparison): string {
  const title = profile === null ? shape : `${profile}, ${shape}`;
  if (missing !== null) {
    const why = reasons.length === 0 ? '' : ` (${reasons.join(', ')})`;
    return `${title}\n${MISSING[missing]}${why}`;
  }
  return `${title}\n${renderTable(['FIGURE', 'UNIT', 'FIRST', 'SECOND', 'CHANGE', '95 %', 'VERDICT'], figures.map(renderFigure))}`;
}

function renderFigure(figure: FigureComparison): readonly string[] {
  const { before, after, change, changeLow, changeHigh, verdict } = figure;
  const range =
    changeLow === null || changeHigh === null ? '' : `${renderShare(changeLow)} to ${renderShare(changeHigh)}`;
  return [
    FIGURES[figure.figure].label,
    figure.unit,
    renderEstimate(before),
    renderEstimate(after),
    change === null ? '' : renderShare(change),
    range,
    verdict === null ? '' : VERDICTS[verdict],
  ];
}
