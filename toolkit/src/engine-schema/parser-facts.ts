import { ENGINES, type ArgValue, type Engine } from 'aim-runtime/profile';
import { failure } from '../exit-codes.ts';

/** What a value's reader made of a sample: the Python type of its answer. */
export interface ReaderAnswer {
  readonly type: string;
  readonly same: boolean;
}

/** An option as the engine's parser describes it. */
export interface ParserOption {
  readonly flags: readonly string[];
  readonly dest: string;
  /** Class of the argparse action: `_StoreAction`, `BooleanOptionalAction`, … */
  readonly action: string;
  readonly nargs: number | string | null;
  readonly const: ArgValue;
  readonly default: ArgValue;
  readonly choices: readonly ArgValue[] | null;
  /** By sample; null for options without a value. */
  readonly answers: Readonly<Record<string, ReaderAnswer>> | null;
  readonly help: string | null;
  readonly deprecated: boolean;
  readonly group: string | null;
}

/** Everything the program inside the image tells. */
export interface ParserFacts {
  readonly engine: Engine;
  readonly version: string;
  readonly module: string;
  readonly options: readonly ParserOption[];
}

const MARKER = 'AIM-ENGINE-ARGUMENTS ';

/** Finds the answer of the program among the lines of a log. Throws AimError `environment` with its end when it is not there. */
export function parseParserFacts(lines: readonly string[]): ParserFacts {
  const line = lines.findLast((each) => each.startsWith(MARKER));
  const facts = line === undefined ? undefined : readJson(line.slice(MARKER.length));
  if (isFacts(facts)) return facts;
  throw failure('environment', {
    message: 'the engine in the image did not show its arguments',
    details: lines.filter((each) => each.trim() !== '').slice(-10),
    hint: 'The image must hold Python and the engine; say which engine with --engine.',
  });
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // a line cut off by a container that was killed
  }
}

function isFacts(value: unknown): value is ParserFacts {
  if (typeof value !== 'object' || value === null) return false;
  const { engine, version, options } = value as Record<string, unknown>;
  return ENGINES.some((each) => each === engine) && typeof version === 'string' && Array.isArray(options);
}
