/** Maps values of a domain to places on an axis. */
export interface Scale {
  readonly place: (value: number) => number;
  readonly ticks: readonly number[];
}

/** Where an axis begins and ends on the drawing. */
export interface Extent {
  readonly from: number;
  readonly to: number;
}

const NICE_STEPS = [1, 2, 2.5, 5, 10];

/** A linear axis from 0, or from `least` where it is below 0, to the first round number at or above `most`. */
export function linearScale(most: number, extent: Extent, wantedTicks = 5): Scale {
  const step = niceStep((most > 0 ? most : 1) / wantedTicks);
  const count = Math.max(1, Math.ceil((most > 0 ? most : 1) / step - 1e-9));
  const end = count * step;
  const ticks = Array.from({ length: count + 1 }, (_, at) => Number((at * step).toPrecision(12)));
  return { place: (value) => extent.from + ((extent.to - extent.from) * value) / end, ticks };
}

function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  return (NICE_STEPS.find((each) => each * power >= rough * (1 - 1e-9)) ?? 10) * power;
}

/** A logarithmic axis between two positive values, widened to 1, 2 or 5 times a power of ten. */
export function logScale(least: number, most: number, extent: Extent): Scale {
  const marks = logMarks(least, most);
  const [first = least, last = most] = [marks[0], marks.at(-1)];
  const width = Math.log(last / first) || 1;
  const place = (value: number) =>
    extent.from + ((extent.to - extent.from) * Math.log(Math.max(value, first) / first)) / width;
  // Over many decades only the powers of ten are named.
  const ticks = marks.length > 8 ? marks.filter((mark) => isPowerOfTen(mark)) : marks;
  return { place, ticks };
}

function logMarks(least: number, most: number): readonly number[] {
  const decades = range(Math.floor(Math.log10(least)) - 1, Math.ceil(Math.log10(most)) + 1);
  const all = decades.flatMap((power) => [1, 2, 5].map((digit) => Number(`${digit}e${power}`)));
  const from = all.findLastIndex((mark) => mark <= least);
  const to = all.findIndex((mark) => mark >= most);
  const marks = all.slice(Math.max(0, from), to < 0 ? undefined : to + 1);
  return marks.length > 1 ? marks : all.slice(Math.max(0, from), from + 2);
}

function isPowerOfTen(value: number): boolean {
  return value.toExponential().startsWith('1e');
}

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from + 1 }, (_, at) => from + at);
}
