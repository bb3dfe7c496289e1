/** Source of numbers from 0 up to 1 that repeats itself for the same seed. */
export type Random = () => number;

/** A small generator, good enough to vary inputs. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Pieces that are special to YAML, to JSON, or to what profiles mean. */
const PIECES = [
  ...[': ', ':', '- ', '\n', '\n\n', '  ', '\t', '#', ' # ', '"', "'", '{', '}', '[', ']', ', ', '|', '>', '&a ', '*a'],
  ...[
    '<<: *a',
    '---',
    '...',
    '!!str ',
    '!x ',
    '? ',
    '%YAML 1.1',
    '~',
    'null',
    'true',
    'off',
    '0',
    '-1',
    '1e309',
    '0x10',
  ],
  ...[
    '.inf',
    '.nan',
    '2026-01-01',
    '\u0000',
    '\uFEFF',
    '\r',
    '\u2028',
    '𝔘',
    '\\',
    '\\u0000',
    '__proto__',
    'constructor',
  ],
  ...[
    'metadata:',
    'engine_args:',
    'env_vars:',
    'aim_id:',
    'dtype: ',
    'no-',
    'tensor-parallel-size: ',
    '_',
    'swap-space: 9',
  ],
  ...['gpu: MI300X', 'precision: fp8', '# aim-lint-disable', '# aim-lint-disable-file schema -- x', 'vllm', 'sglang'],
  ...['99999999999999999999', "''", '""', '{}', '[]', 'toString', 'hf_abcdefghijklmnop', '/home/x'],
];

function pick<Item>(items: readonly Item[], random: Random): Item | undefined {
  return items[Math.floor(random() * items.length)];
}

/** A text with one to eight changes: pieces put in, cut out, doubled, or lines moved. */
export function mutateText(text: string, random: Random): string {
  let result = text;
  for (let count = 1 + Math.floor(random() * 8); count > 0; count--) result = mutateOnce(result, random);
  return result;
}

function mutateOnce(text: string, random: Random): string {
  const at = Math.floor(random() * (text.length + 1));
  const length = Math.floor(random() ** 3 * 40);
  const lines = text.split('\n');
  switch (Math.floor(random() * 6)) {
    case 0:
      return text.slice(0, at) + text.slice(at + length);
    case 1:
      return text.slice(0, at) + text.slice(at, at + length) + text.slice(at);
    case 2:
      return lines.toSpliced(Math.floor(random() * lines.length), 0, pick(lines, random) ?? '').join('\n');
    case 3:
      return lines.map((line) => (random() < 0.1 ? `  ${line}` : line)).join('\n');
    default:
      return text.slice(0, at) + (pick(PIECES, random) ?? '') + text.slice(at + Math.floor(random() * 3));
  }
}

/** A text of pieces in random order. */
export function createNoise(random: Random): string {
  const count = Math.floor(random() * 60);
  return Array.from({ length: count }, () =>
    random() < 0.7 ? (pick(PIECES, random) ?? '') : String.fromCodePoint(Math.floor(random() * 0xd7ff)),
  ).join('');
}
