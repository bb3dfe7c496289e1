import type { CliOption, EngineTable } from './types.ts';
import { refuse } from './vllm-values.ts';
import type { Refusal } from './vllm-values.ts';

/** A word of the command line by its role. `value` is what stands behind `=` or directly behind a short option. */
export type Item =
  | { readonly kind: 'option'; readonly option: CliOption; readonly flag: string; readonly value: string | undefined }
  | { readonly kind: 'unknown'; readonly flag: string }
  | { readonly kind: 'word'; readonly word: string }
  /** `--`: only free words follow. */
  | { readonly kind: 'rest' };

interface Match {
  readonly option: CliOption;
  readonly value: string | undefined;
}

const NEGATIVE_NUMBER = /^-(?:\d+|\d*\.\d+)$/;
const HELP: CliOption = { name: 'help', negated: false, facts: { flag: '--help', nargs: 0 }, property: {} };

/** Decides like Python's argparse whether a word is a flag, an abbreviation of one, or a value. */
export function classifyWord(table: EngineTable, word: string, isAfterRest: boolean): Item | Refusal {
  if (isAfterRest || !word.startsWith('-') || word === '-') return { kind: 'word', word };
  if (word === '--') return { kind: 'rest' };
  const equals = word.indexOf('=');
  const left = equals < 0 ? word : word.slice(0, equals);
  const value = equals < 0 ? undefined : word.slice(equals + 1);
  const exact = lookUp(table, word) ?? lookUp(table, left);
  if (exact !== undefined) return { kind: 'option', option: exact, flag: left, value };
  const matches = word.startsWith('--') ? longMatches(table, left, value) : shortMatches(table, word);
  const [match] = matches;
  if (match !== undefined && matches.length === 1) return { kind: 'option', flag: left, ...match };
  if (matches.length > 1) return refuseAmbiguous(left, matches);
  if (NEGATIVE_NUMBER.test(word) || word.includes(' ')) return { kind: 'word', word };
  return { kind: 'unknown', flag: left };
}

function lookUp(table: EngineTable, spelling: string): CliOption | undefined {
  return spelling === '--help' || spelling === '-h' ? HELP : table.options.get(spelling);
}

function allSpellings(table: EngineTable): (readonly [string, CliOption])[] {
  return [...table.options, ['--help', HELP], ['-h', HELP]];
}

function longMatches(table: EngineTable, prefix: string, value: string | undefined): Match[] {
  return allSpellings(table)
    .filter(([spelling]) => spelling.startsWith(prefix))
    .map(([, option]) => ({ option, value }));
}

/** `-q8` is -q with the value 8; `-dpl` may also be shortened, while it stays unambiguous. */
function shortMatches(table: EngineTable, word: string): Match[] {
  return allSpellings(table).flatMap(([spelling, option]): Match[] => {
    if (spelling === word.slice(0, 2)) return [{ option, value: word.slice(2) }];
    return !spelling.startsWith('--') && spelling.startsWith(word) ? [{ option, value: undefined }] : [];
  });
}

function refuseAmbiguous(flag: string, matches: readonly Match[]): Refusal {
  const names = matches.map(({ option }) => (option.negated ? `--no-${option.name}` : option.facts.flag));
  return refuse('ambiguous-abbreviation', flag, `could be ${names.slice(0, 6).join(', ')}: write the whole name`);
}
