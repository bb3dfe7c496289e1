/** Blocks of prompts seen before, by the hash of everything up to their end; the longest unused one goes first. */
export class PrefixCache {
  readonly #blocks = new Set<number>();
  readonly #capacity: number;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** How many of these blocks, from the first on, are known; they are used by that. */
  match(hashes: readonly number[]): number {
    let matched = 0;
    for (const hash of hashes) {
      if (!this.#blocks.delete(hash)) break;
      this.#blocks.add(hash);
      matched += 1;
    }
    return matched;
  }

  add(hashes: readonly number[]): void {
    for (const hash of hashes) {
      this.#blocks.delete(hash);
      this.#blocks.add(hash);
    }
    for (const oldest of this.#blocks) {
      if (this.#blocks.size <= this.#capacity) break;
      this.#blocks.delete(oldest);
    }
  }

  clear(): void {
    this.#blocks.clear();
  }
}

/** Hash of the tokens up to the end of each whole block, 53 bits. */
export function hashBlocks(tokens: readonly number[], blockSize: number): readonly number[] {
  const hashes: number[] = [];
  let [high, low] = [0x811c9dc5, 0x9747b28c];
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at] ?? 0;
    high = Math.imul(high ^ token, 0x01000193) ^ (high >>> 15);
    low = Math.imul(low + token, 0x85ebca6b) ^ (low >>> 13);
    if ((at + 1) % blockSize === 0) hashes.push((high >>> 0) * 0x20_0000 + (low & 0x1f_ffff));
  }
  return hashes;
}
