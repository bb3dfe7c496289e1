import { canonicalName, SYSTEM_ARGS, type CliFacts, type EngineTable } from 'aim-runtime/engine';
import type { ArgValue } from 'aim-runtime/profile';
import type { RecipeArguments } from '../generated/recipe.js';
import { QUANTIZED_DTYPES, RENAMED } from './translations.ts';

/** What became of a recipe's flag, where it is not simply the same argument. */
export interface ArgumentNote {
  readonly flag: string;
  readonly message: string;
}

/** Engine arguments of a profile, with everything that differs from the recipe's flags. */
export interface ReadArguments {
  readonly engineArgs: Readonly<Record<string, ArgValue>>;
  readonly notes: readonly ArgumentNote[];
}

/** Arguments that one flag becomes; none when it is left out. */
interface Outcome {
  readonly args: Readonly<Record<string, ArgValue>>;
  readonly note?: string;
  /** False for a translated flag: the engine's own name wins over it. */
  readonly own: boolean;
}

/** Turns a recipe's flags, whose values are text, into typed engine arguments in the same order. */
export function readArguments(args: RecipeArguments, table: EngineTable): ReadArguments {
  const notes: ArgumentNote[] = [];
  const outcomes = Object.entries(args).map(([flag, value]) => {
    const outcome = readFlag(flag, value === null ? '' : String(value), table);
    if (outcome.note !== undefined) notes.push({ flag, message: outcome.note });
    return { flag, ...outcome };
  });
  const taken = new Set(outcomes.flatMap(({ own, args: made }) => (own ? Object.keys(made) : [])));
  const engineArgs: Record<string, ArgValue> = {};
  for (const { flag, own, args: made } of outcomes) {
    for (const [name, value] of Object.entries(made)) {
      if (own || !taken.has(name)) engineArgs[name] = value;
      else notes.push({ flag, message: `is left out: ${name} is given, too` });
    }
  }
  return { engineArgs, notes };
}

function readFlag(flag: string, text: string, table: EngineTable): Outcome {
  const name = canonicalName(flag.replace(/^--/, ''));
  const { name: engine, version } = table.schema['x-engine'];
  const instead = Object.hasOwn(SYSTEM_ARGS, name) ? SYSTEM_ARGS[name] : undefined;
  if (instead !== undefined) return { args: {}, own: true, note: `is left out: it comes from ${instead}` };
  if (name === 'dtype' && Object.hasOwn(QUANTIZED_DTYPES, text)) return readQuantizedDtype(text);
  const renamed = table.options.has(`--${name}`) ? undefined : RENAMED[engine][name];
  const option = table.options.get(`--${renamed ?? name}`);
  if (!option) {
    const note = `is no argument of ${engine} ${version}; it is kept as it is`;
    return { args: { [name]: scalarOf(text) }, own: true, note };
  }
  const value = readValue(text, option.facts, option.negated);
  const canonical = option.negated ? `no-${option.name}` : option.name;
  if (value === false) return readFalse(canonical, option.name, option.facts);
  if (renamed === undefined) return { args: { [canonical]: value }, own: true };
  return { args: { [renamed]: value }, own: false, note: `is not a flag of ${engine}: it becomes ${renamed}` };
}

/** `--dtype float8` asks for weights of 8 bits, which is a quantization; for integers there is nothing to ask for. */
function readQuantizedDtype(text: string): Outcome {
  const quantization = QUANTIZED_DTYPES[text];
  return quantization === undefined
    ? { args: {}, own: false, note: `${text} is left out: the checkpoint itself must be quantised` }
    : { args: { quantization }, own: false, note: `${text} is no dtype: it becomes quantization ${quantization}` };
}

/** A flag that is turned off: by its opposite where the engine has one, else by not giving it. */
function readFalse(canonical: string, option: string, facts: CliFacts): Outcome {
  if (canonical !== option) return { args: { [option]: null }, own: true, note: `false becomes ${option}` };
  if (facts.booleanOptional === true) return { args: { [`no-${option}`]: null }, own: true };
  return { args: {}, own: true, note: 'is left out: it is off unless given' };
}

function readValue(text: string, facts: CliFacts, negated: boolean): ArgValue {
  if (negated || facts.nargs === 0) return /^(?:false|no|off|0)$/i.test(text) ? false : null;
  if (facts.nargs === '?' && (text === '' || text === 'true')) return null;
  const parsed = jsonOf(text);
  const structured = typeof parsed === 'object' && parsed !== null ? parsed : undefined;
  if (facts.nargs === '*' || facts.nargs === '+') {
    if (Array.isArray(structured)) return structured as ArgValue;
    const words = text.split(/\s+/).filter((word) => word !== '');
    return words.map((word) => typed(word, facts.type));
  }
  const holdsJson = facts.json === true || facts.type === 'object' || facts.type?.includes('json') === true;
  if (structured !== undefined && (holdsJson || facts.type === 'str|object')) return structured as ArgValue;
  return typed(text, facts.type);
}

function typed(text: string, type: string | undefined): ArgValue {
  if (type === 'int' && /^[+-]?\d+$/.test(text)) return safeNumber(text);
  if (type === 'float' && text.trim() !== '') return safeNumber(text);
  return text;
}

/** A flag that nothing is known about: its value by its looks. */
function scalarOf(text: string): ArgValue {
  if (text === 'true' || text === '') return null;
  return text === 'false' || /^-?\d+(?:\.\d+)?$/.test(text) ? (jsonOf(text) as ArgValue) : text;
}

/** The number, unless writing it down again would not give the same value. */
function safeNumber(text: string): number | string {
  const value = Number(text);
  const exact = Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));
  return exact ? value : text;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined; // plain text
  }
}
