import type { ArgValue, Engine, EngineArgs } from '../profile/types.ts';
import { parseJson } from './json-text.ts';
import { canonicalName } from './names.ts';
import { findSchemaProblems } from './problems.ts';
import { renderArgs } from './render.ts';
import { loadEngineTable, schemaAt } from './table.ts';
import type { EngineArgProblem, EngineTable } from './types.ts';
import { checkVllmArgv } from './vllm-argv.ts';
import { findVllmConflict } from './vllm-conflicts.ts';

/**
 * Everything wrong in a profile's engine_args: names, types, values, and for vLLM what its parser would refuse,
 * including arguments that need another one.
 */
export async function checkEngineArgs(engine: Engine, args: EngineArgs): Promise<readonly EngineArgProblem[]> {
  const table = await loadEngineTable(engine);
  const problems = findArgProblems(table, args);
  if (problems.length > 0 || engine !== 'vllm') return problems;
  const whole = checkVllmArgv(renderArgs(args), table);
  if (!whole.ok) return [{ path: whole.flag.replace(/^--?/, ''), message: whole.message }];
  const conflict = findVllmConflict(whole.set);
  return conflict ? [conflict] : [];
}

/** What is wrong in each argument by itself, and arguments given in two spellings. */
export function findArgProblems(table: EngineTable, args: EngineArgs): readonly EngineArgProblem[] {
  const spellings = new Map<string, string>();
  const twice: EngineArgProblem[] = [];
  for (const key of Object.keys(args)) {
    const name = canonicalName(key);
    const other = spellings.get(name);
    if (other !== undefined)
      twice.push({ path: key, message: `is the same argument as ${other}, which is also given` });
    spellings.set(name, key);
  }
  const canonical = Object.fromEntries(Object.entries(args).map(([key, value]) => [canonicalName(key), value]));
  const inSchema = findSchemaProblems(table, canonical);
  const refused = new Set(inSchema.map(({ path }) => firstSegment(path)));
  const onLine = Object.entries(canonical)
    .filter(([name]) => !refused.has(name))
    .flatMap(([name, value]) => checkOnLine(table, name, value));
  const asSpelled = ({ path, ...rest }: EngineArgProblem): EngineArgProblem => {
    const [name = '', ...inner] = path.split('/');
    return { path: [spellings.get(name) ?? name, ...inner].join('/'), ...rest };
  };
  return [...twice, ...[...inSchema, ...onLine].map(asSpelled)];
}

/** What only the finished command line shows, for one argument that fits the schema. */
function checkOnLine(table: EngineTable, name: string, value: ArgValue): EngineArgProblem[] {
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
    return [{ path: name, message: 'is too large to be passed on exactly', allowed: 'an integer below 2^53' }];
  }
  if (table.schema['x-engine'].name === 'vllm') {
    const result = checkVllmArgv(renderArgs({ [name]: value }), table);
    return result.ok ? [] : [{ path: name, message: result.message }];
  }
  const type = schemaAt(table.schema, [name])?.['x-cli']?.type;
  if (typeof value !== 'string' || (type !== 'json' && type !== 'json-list')) return [];
  const json = parseJson(value);
  if (json.ok) return [];
  return [{ path: name, message: `is not JSON: expected ${json.expected} at column ${json.column}` }];
}

function firstSegment(path: string): string {
  return path.split('/')[0] ?? path;
}
