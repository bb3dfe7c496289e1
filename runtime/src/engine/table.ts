import type { Engine } from '../profile/types.ts';
import type { ArgSchema, ArgsValidator, CliOption, EngineSchema, EngineTable } from './types.ts';

const tables = new Map<Engine, Promise<EngineTable>>();

/**
 * The table of an engine's arguments. The first call for an engine loads its schema and its compiled validator;
 * a start without user arguments never does.
 */
export function loadEngineTable(engine: Engine): Promise<EngineTable> {
  const known = tables.get(engine);
  if (known !== undefined) return known;
  const loading = loadTable(engine);
  tables.set(engine, loading);
  return loading;
}

async function loadTable(engine: Engine): Promise<EngineTable> {
  const { schema, validate } = engine === 'vllm' ? await import('./vllm-table.ts') : await import('./sglang-table.ts');
  return createEngineTable(schema, validate);
}

/** Table from a schema file's content and the validator compiled from that file. */
export function createEngineTable(schemaFile: unknown, validator: ArgsValidator): EngineTable {
  // A file of this repository; the contract tests prove its shape.
  const schema = schemaFile as EngineSchema;
  return {
    schema,
    validate: (args) => (validator(args) ? [] : (validator.errors ?? [])),
    options: new Map(
      Object.entries(schema.properties).flatMap(([name, property]) => optionsOf(schema, name, property)),
    ),
  };
}

function optionsOf(schema: EngineSchema, name: string, property: ArgSchema): [string, CliOption][] {
  const facts = property['x-cli'];
  if (facts === undefined) return [];
  const target = facts.negates ?? facts.aliasOf ?? name;
  const targetProperty = schema.properties[target] ?? property;
  const option = {
    name: target,
    negated: facts.negates !== undefined,
    facts: targetProperty['x-cli'] ?? facts,
    property: targetProperty,
  };
  return [facts.flag, ...(facts.aliases ?? [])].map((spelling) => [spelling, option]);
}

/** The part of a schema that speaks about a place in an engine_args object, or undefined. */
export function schemaAt(schema: EngineSchema, segments: readonly string[]): ArgSchema | undefined {
  let node: ArgSchema | undefined = { properties: schema.properties };
  for (const segment of segments) {
    node = node && childSchema(schema, resolve(schema, node), segment);
  }
  return node && resolve(schema, node);
}

function childSchema(schema: EngineSchema, node: ArgSchema, segment: string): ArgSchema | undefined {
  const own = node.properties?.[segment] ?? (/^\d+$/.test(segment) ? node.items : undefined);
  if (own !== undefined) return own;
  for (const part of [...(node.allOf ?? []), ...(node.anyOf ?? [])]) {
    const found = childSchema(schema, resolve(schema, part), segment);
    if (found !== undefined) return found;
  }
  return undefined;
}

function resolve(schema: EngineSchema, node: ArgSchema): ArgSchema {
  const [, kind, name] = /^#\/(properties|definitions)\/([^/]+)$/.exec(node.$ref ?? '') ?? [];
  if (kind === undefined || name === undefined) return node;
  return (kind === 'properties' ? schema.properties[name] : schema.definitions?.[name]) ?? node;
}
