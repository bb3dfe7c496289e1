import type { Estimate } from '../result.ts';

const DIGITS = 4;

/** A number with four significant digits and no exponent: `1234`, `12.35`, `0.001235`. */
export function renderNumber(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const digits = Math.max(0, Math.min(6, DIGITS - 1 - Math.floor(Math.log10(Math.abs(value) || 1))));
  const text = value.toFixed(digits);
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

/** `123.4 ± 5.6`, or the mean alone where there is no interval; a dash for nothing. */
export function renderEstimate(estimate: Estimate | null | undefined): string {
  if (estimate === null || estimate === undefined) return '–';
  if (estimate.high === null) return renderNumber(estimate.mean);
  return `${renderNumber(estimate.mean)} ± ${renderNumber(Number((estimate.high - estimate.mean).toPrecision(2)))}`;
}

/** `+1.2 %`, `-5 %`. */
export function renderShare(share: number): string {
  const percent = share * 100;
  return `${percent > 0 ? '+' : ''}${Number(percent.toFixed(Math.abs(percent) < 10 ? 1 : 0))} %`;
}
