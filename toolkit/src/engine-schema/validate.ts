import type { SchemaError } from 'aim-runtime/engine';
import type { WrittenProperty, WrittenSchema } from './schema.ts';

type Args = Readonly<Record<string, unknown>>;

/**
 * Holds arguments against a schema that {@link toEngineSchema} made, without compiling it: it knows the keywords that
 * such a schema uses, and no others.
 */
export function findArgErrors(schema: WrittenSchema, args: Args): SchemaError[] {
  const patterns = Object.keys(schema.patternProperties).map((pattern) => new RegExp(pattern, 'u'));
  return Object.entries(args).flatMap(([name, value]) => {
    const property = schema.properties[name];
    if (property) return checkValue(resolve(schema, property), value, `/${escape(name)}`);
    if (patterns.some((pattern) => pattern.test(name))) return [];
    return [{ instancePath: '', keyword: 'additionalProperties', params: { additionalProperty: name } }];
  });
}

function resolve({ properties }: WrittenSchema, property: WrittenProperty): WrittenProperty {
  return properties[property.$ref?.replace('#/properties/', '') ?? ''] ?? property;
}

function checkValue(schema: WrittenProperty, value: unknown, instancePath: string): SchemaError[] {
  const { type, enum: choices, pattern, items, minItems = 0, not, anyOf } = schema;
  const list = Array.isArray(value) ? (value as unknown[]) : [];
  const fails: Readonly<Record<string, boolean>> = {
    type: type !== undefined && ![type].flat().some((each) => hasType(value, each)),
    enum: choices !== undefined && !choices.some((choice) => choice === value),
    pattern: typeof value === 'string' && pattern !== undefined && !new RegExp(pattern, 'u').test(value),
    minItems: Array.isArray(value) && list.length < minItems,
    not: not !== undefined && value === not.const,
    anyOf: anyOf !== undefined && anyOf.every((each) => checkValue(each, value, instancePath).length > 0),
  };
  const own = Object.entries(fails).flatMap(([keyword, failed]) =>
    failed ? [{ instancePath, keyword, params: {} }] : [],
  );
  const inner = items ? list.flatMap((item, index) => checkValue(items, item, `${instancePath}/${index}`)) : [];
  return [...own, ...inner];
}

function hasType(value: unknown, type: string): boolean {
  switch (type) {
    case 'integer':
      return Number.isInteger(value);
    case 'null':
      return value === null;
    case 'array':
      return Array.isArray(value);
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value);
    default:
      return typeof value === type;
  }
}

/** A name in a JSON pointer. */
function escape(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}
