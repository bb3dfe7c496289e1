import type { ArgValue, Engine, EngineArgs } from '../profile/types.ts';
import { AimError } from '../system/errors.ts';
import { redactShapes, isSecretName, REDACTED } from '../system/redact.ts';
import { findArgProblems } from './check.ts';
import { parseJson } from './json-text.ts';
import { canonicalName } from './names.ts';
import { loadEngineTable } from './table.ts';
import type { EngineArgProblem } from './types.ts';
import { isList, isMapping } from './values.ts';

const VARIABLE = 'AIM_ENGINE_ARGS';
const LONGEST_TEXT = 60;
/**
 * Reads AIM_ENGINE_ARGS, a JSON object of engine arguments, and checks it against the engine's schema.
 * Keys come back with dashes. Blank text gives no arguments. Throws AimError('config') that names everything wrong
 * at once, one line of `details` each.
 */
export async function parseUserArgs(text: string, engine: Engine): Promise<EngineArgs> {
  return checkUserArgs(readUserArgs(text), engine);
}

/** The object that AIM_ENGINE_ARGS holds, as written; blank text gives no arguments. Throws AimError('config'). */
export function readUserArgs(text: string): EngineArgs {
  return text.trim() === '' ? {} : parseObject(text);
}

/** Holds what {@link readUserArgs} read against an engine's schema. Keys come back with dashes. */
export async function checkUserArgs(args: EngineArgs, engine: Engine): Promise<EngineArgs> {
  if (Object.keys(args).length === 0) return {};
  const table = await loadEngineTable(engine);
  const problems = findArgProblems(table, args);
  if (problems.length > 0) throw refuse(problems, `${engine} ${table.schema['x-engine'].version}`);
  return Object.fromEntries(Object.entries(args).map(([key, value]) => [canonicalName(key), value]));
}

function parseObject(text: string): EngineArgs {
  const json = parseJson(text);
  if (!json.ok) {
    throw new AimError('config', {
      message: `${VARIABLE} is not JSON: expected ${json.expected} at line ${json.line}, column ${json.column} of ${excerpt(text)}`,
      hint: `Give a JSON object, for example ${VARIABLE}='{"max-model-len": 8192}'.`,
    });
  }
  if (isMapping(json.value)) return json.value;
  throw new AimError('config', {
    message: `${VARIABLE} is ${kindOf(json.value)}, but must be a JSON object: ${excerpt(text)}`,
    hint: `Give a JSON object, for example ${VARIABLE}='{"max-model-len": 8192}'.`,
  });
}

function refuse(problems: readonly EngineArgProblem[], engine: string): AimError {
  const lines = problems.map(renderProblem);
  const [only] = lines;
  return new AimError('config', {
    message:
      lines.length === 1 && only !== undefined
        ? `${VARIABLE} is not valid for ${engine}: ${only}`
        : `${VARIABLE} is not valid for ${engine}: ${lines.length} problems`,
    hint: `Correct ${VARIABLE}; the names are those of the engine's command line without the leading dashes.`,
    details: lines.length === 1 ? [] : lines,
  });
}

/** One line for a person: `max-model-len: "x" is not allowed; allowed: an integer; nearest: …` */
export function renderProblem({ path, message, allowed, suggestion }: EngineArgProblem): string {
  const parts = [`${path}: ${message}`];
  if (allowed !== undefined) parts.push(`allowed: ${allowed}`);
  if (suggestion !== undefined) parts.push(`nearest: ${suggestion}`);
  return parts.join('; ');
}

/** The text for a message, unless anything in it could be the name of a secret. */
function excerpt(text: string): string {
  if ((text.match(/[\w-]+/g) ?? []).some(isSecretName)) return REDACTED;
  const clean = redactShapes(text).replace(/\s+/g, ' ');
  return `'${clean.length > LONGEST_TEXT ? `${clean.slice(0, LONGEST_TEXT)}…` : clean}'`;
}

function kindOf(value: ArgValue): string {
  if (value === null) return 'null';
  return isList(value) ? 'a list' : `a ${typeof value}`;
}
