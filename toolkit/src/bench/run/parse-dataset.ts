import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { messageOf } from 'aim-runtime/system';
import { failure } from '../../exit-codes.ts';
import type { DatasetSpec } from '../point.ts';
import { parseCount, parseList, parseShare } from './parse-load.ts';

/** Words of a user about what is sent. */
export interface DatasetWords {
  readonly dataset: string;
  readonly inputLength: string | undefined;
  readonly outputLength: string | undefined;
}

const INPUT_LENGTH = '1024';
const OUTPUT_LENGTH = '128';
const THINK_MS = '1000';
const KINDS = 'random, shared-prefix, multi-turn, sharegpt and jsonl';

/**
 * The datasets that words name. Several lengths make one dataset each; input and output lengths are paired when there
 * are as many of both, and a single one goes with all of the other. @throws AimError usage
 */
export function parseDatasets({ dataset, inputLength, outputLength }: DatasetWords): DatasetSpec[] {
  const at = dataset.indexOf(':');
  const [kind, rest] = at < 0 ? [dataset, ''] : [dataset.slice(0, at), dataset.slice(at + 1)];
  if (kind === 'sharegpt' || kind === 'jsonl') return [parseFile(kind, rest, { inputLength, outputLength })];
  if (at < 0 && /\.jsonl?$/.test(dataset)) {
    return [parseFile(dataset.endsWith('l') ? 'jsonl' : 'sharegpt', dataset, { inputLength, outputLength })];
  }
  const pairs = pairLengths(inputLength ?? INPUT_LENGTH, outputLength ?? OUTPUT_LENGTH);
  const make = parseSynthetic(kind, rest);
  return pairs.map((lengths) => ({ ...make, ...lengths }));
}

type Synthetic = Extract<DatasetSpec, { inputLength: number }>;
type Settings<Spec> = Spec extends unknown ? Omit<Spec, 'inputLength' | 'outputLength'> : never;

function parseSynthetic(kind: string, rest: string): Settings<Synthetic> {
  const [first = '', second, ...more] = rest.split(',');
  if (more.length > 0) throw unknown(`--dataset ${kind}:${rest} has too many parts`);
  switch (kind) {
    case 'random':
      return { kind, rangeRatio: rest === '' ? 0 : parseShare('--dataset random:RATIO', rest) };
    case 'shared-prefix':
      return {
        kind,
        prefixLength: parseCount('--dataset shared-prefix:LENGTH', first),
        prefixes: parseCount('--dataset shared-prefix:LENGTH,PREFIXES', second ?? '1'),
      };
    case 'multi-turn':
      return {
        kind,
        turns: parseCount('--dataset multi-turn:TURNS', first),
        thinkTimeMs: second === '0' ? 0 : parseCount('--dataset multi-turn:TURNS,THINK_MS', second ?? THINK_MS),
      };
    default:
      throw unknown(`--dataset names "${kind}", which is neither a dataset nor a file`);
  }
}

function parseFile(
  kind: 'sharegpt' | 'jsonl',
  text: string,
  { inputLength, outputLength }: Omit<DatasetWords, 'dataset'>,
): DatasetSpec {
  const path = resolve(text);
  if (text === '' || statSync(path, { throwIfNoEntry: false })?.isFile() !== true) {
    throw unknown(`--dataset: there is no file ${text === '' ? 'named' : path}`);
  }
  if (inputLength !== undefined) {
    throw unknown('--input-len has no meaning for the prompts of a file');
  }
  const digest = digestFile(path);
  if (outputLength === undefined) return { kind, path, digest };
  return { kind, path, digest, outputLength: parseCount('--output-len', outputLength) };
}

function digestFile(path: string): string {
  try {
    return createHash('sha256').update(readFileSync(path)).digest('hex');
  } catch (error) {
    throw failure('usage', { message: `--dataset: cannot read ${path}: ${messageOf(error)}`, cause: error });
  }
}

function pairLengths(input: string, output: string): { readonly inputLength: number; readonly outputLength: number }[] {
  const split = (flag: string, text: string) => text.split(',').map((part) => parseCount(flag, part.trim()));
  const [inputs, outputs] = [split('--input-len', input), split('--output-len', output)];
  if (inputs.length !== outputs.length && inputs.length !== 1 && outputs.length !== 1) {
    throw unknown(`--input-len has ${inputs.length} lengths and --output-len ${outputs.length}`);
  }
  const pairs = Array.from({ length: Math.max(inputs.length, outputs.length) }, (_, index) => {
    const pick = (values: readonly number[]) => values[values.length === 1 ? 0 : index] ?? 1;
    return `${pick(inputs)}x${pick(outputs)}`;
  });
  return parseList('--input-len', pairs.join(','), (_flag, pair) => pair).map((pair) => {
    const [inputLength = 1, outputLength = 1] = pair.split('x').map(Number);
    return { inputLength, outputLength };
  });
}

function unknown(message: string): Error {
  return failure('usage', { message, hint: `Datasets are ${KINDS}; aimctl bench --help shows their forms.` });
}
