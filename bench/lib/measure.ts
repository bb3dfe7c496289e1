import { spawnSync } from 'node:child_process';

/** A command to time as a whole process. */
export interface Sample {
  readonly name: string;
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Wall times of one sample in milliseconds. */
export interface Timing {
  readonly name: string;
  readonly medianMs: number;
  readonly minMs: number;
  readonly maxMs: number;
}

/** Runs the samples in turn, A B C A B C …, so that a machine whose speed drifts slows all of them alike. */
export function measure(samples: readonly Sample[], runs: number): Timing[] {
  const times = new Map(samples.map(({ name }) => [name, [] as number[]]));
  for (let run = -1; run < runs; run++) {
    for (const sample of samples) {
      const elapsedMs = timeOnce(sample);
      if (run >= 0) times.get(sample.name)?.push(elapsedMs); // the first round warms the page cache
    }
  }
  return [...times].map(([name, list]) => {
    const sorted = list.toSorted((a, b) => a - b);
    return { name, medianMs: sorted[sorted.length >> 1] ?? 0, minMs: sorted[0] ?? 0, maxMs: sorted.at(-1) ?? 0 };
  });
}

function timeOnce({ name, argv, env }: Sample): number {
  const [file = '', ...args] = argv;
  const start = process.hrtime.bigint();
  const { status, stderr } = spawnSync(file, args, {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  const elapsedMs = Number(process.hrtime.bigint() - start) / 1e6;
  if (status !== 0) throw new Error(`${name}: exit ${status ?? 'by signal'}: ${stderr}`);
  return elapsedMs;
}
