/** A seeded source of random numbers: the same seed gives the same numbers on every machine. */
export interface Random {
  /** Even in [0, 1). */
  next(): number;
  /** Whole number, even in [0, limit). */
  below(limit: number): number;
}

/**
 * Generator (sfc32) for one purpose. Several seeds name one stream, such as the point's seed, a purpose and an index, so
 * that request 7 is the same whoever asks for it and in whatever order.
 */
export function createRandom(...seeds: readonly number[]): Random {
  let a = mixSeeds(seeds, 0x9e3779b9);
  let b = mixSeeds(seeds, 0x243f6a88);
  let c = mixSeeds(seeds, 0xb7e15162);
  let counter = 1;
  const draw = () => {
    const sum = (((a + b) | 0) + counter++) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return sum >>> 0;
  };
  for (let round = 0; round < 12; round++) draw();
  const next = () => draw() / 0x1_0000_0000;
  return { next, below: (limit) => Math.floor(next() * limit) };
}

/** Standard normal (Box and Muller; one of the two values, so that a draw costs the same every time). */
export function drawNormal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
}

/** Gamma of this shape and mean 1: Marsaglia and Tsang's rejection, with their power step for shapes below 1. */
export function drawGamma(random: Random, shape: number): number {
  if (shape < 1) {
    const raised = drawGamma(random, shape + 1) * (shape + 1);
    return (raised * (1 - random.next()) ** (1 / shape)) / shape;
  }
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = drawNormal(random);
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - random.next()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return (d * v) / shape;
  }
}

/** MurmurHash3 over the seeds' 32-bit words. */
function mixSeeds(seeds: readonly number[], start: number): number {
  let hash = start;
  for (const seed of seeds) {
    hash ^= Math.imul((Math.imul(seed | 0, 0xcc9e2d51) << 15) | (Math.imul(seed | 0, 0xcc9e2d51) >>> 17), 0x1b873593);
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;
  }
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) | 0;
}
