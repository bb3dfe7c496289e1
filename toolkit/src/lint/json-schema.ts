import { isMapping } from './profile-view.ts';

/** What a keyword of JSON Schema draft-07 takes. */
type Shape =
  'schema' | 'schemas' | 'schema map' | 'text' | 'number' | 'count' | 'texts' | 'truth' | 'list' | 'type' | 'any';

const SHAPES: Readonly<Record<Shape, readonly string[]>> = {
  schema: ['additionalItems', 'additionalProperties', 'contains', 'propertyNames', 'if', 'then', 'else', 'not'],
  schemas: ['allOf', 'anyOf', 'oneOf'],
  'schema map': ['properties', 'patternProperties', 'definitions'],
  text: [
    '$schema',
    '$id',
    '$ref',
    '$comment',
    'title',
    'description',
    'pattern',
    'format',
    'contentEncoding',
    'contentMediaType',
  ],
  number: ['multipleOf', 'maximum', 'exclusiveMaximum', 'minimum', 'exclusiveMinimum'],
  count: ['maxLength', 'minLength', 'maxItems', 'minItems', 'maxProperties', 'minProperties'],
  texts: ['required'],
  truth: ['uniqueItems', 'readOnly', 'writeOnly', 'deprecated'],
  list: ['enum', 'examples'],
  type: ['type'],
  // items and dependencies take several forms, each of which is looked into.
  any: ['const', 'default', 'items', 'dependencies'],
};
const SHAPE_OF = new Map(
  Object.entries(SHAPES).flatMap(([shape, names]) => names.map((name) => [name, shape as Shape])),
);
const TYPES = ['array', 'boolean', 'integer', 'null', 'number', 'object', 'string'];

export const SCHEMA_KEYWORDS: readonly string[] = [...SHAPE_OF.keys()];

export type SchemaPath = readonly (string | number)[];
/** A subschema and where it is. */
export interface SchemaNode {
  readonly path: SchemaPath;
  readonly schema: Readonly<Record<string, unknown>>;
}

/** Every subschema of a schema, itself first. */
export function listSubschemas(root: unknown): SchemaNode[] {
  const found: SchemaNode[] = [];
  const pending: { path: SchemaPath; value: unknown }[] = [{ path: [], value: root }];
  for (let next = pending.pop(); next; next = pending.pop()) {
    if (!isMapping(next.value)) continue;
    found.push({ path: next.path, schema: next.value });
    pending.push(...childrenOf(next.path, next.value).reverse());
  }
  return found;
}

function childrenOf(path: SchemaPath, schema: Readonly<Record<string, unknown>>) {
  return Object.entries(schema).flatMap(([key, value]): { path: SchemaPath; value: unknown }[] => {
    const shape = key === 'items' ? (Array.isArray(value) ? 'schemas' : 'schema') : SHAPE_OF.get(key);
    const at = [...path, key];
    if (shape === 'schema') return [{ path: at, value }];
    if (shape === 'schemas' && Array.isArray(value)) {
      return value.map((each: unknown, index) => ({ path: [...at, index], value: each }));
    }
    if ((shape !== 'schema map' && key !== 'dependencies') || !isMapping(value)) return [];
    return Object.entries(value).map(([name, each]) => ({ path: [...at, name], value: each }));
  });
}

/** What a keyword's value should be, when it is something else. */
export function findKeywordProblem(keyword: string, value: unknown): string | undefined {
  const shape = SHAPE_OF.get(keyword);
  return shape === undefined || fits(shape, value) ? patternProblem(keyword, value) : NAMES[shape];
}

const NAMES: Readonly<Record<Shape, string>> = {
  schema: 'a schema',
  schemas: 'a list of schemas that is not empty',
  'schema map': 'a mapping of names to schemas',
  text: 'a text',
  number: 'a number',
  count: 'a count of 0 or more',
  texts: 'a list of different texts',
  truth: 'true or false',
  list: 'a list that is not empty',
  type: `one or several of ${TYPES.join(', ')}`,
  any: '',
};

function fits(shape: Shape, value: unknown): boolean {
  switch (shape) {
    case 'schema':
      return isSchema(value);
    case 'schemas':
      return Array.isArray(value) && value.length > 0 && value.every(isSchema);
    case 'schema map':
      return isMapping(value) && Object.values(value).every(isSchema);
    case 'text':
      return typeof value === 'string';
    case 'number':
      return typeof value === 'number';
    case 'count':
      return Number.isInteger(value) && (value as number) >= 0;
    case 'texts':
      return (
        Array.isArray(value) && value.every((each) => typeof each === 'string') && new Set(value).size === value.length
      );
    case 'truth':
      return typeof value === 'boolean';
    case 'list':
      return Array.isArray(value) && value.length > 0;
    case 'type':
      return [value].flat().length > 0 && [value].flat().every((each) => TYPES.includes(each as string));
    case 'any':
      return true;
  }
}

function isSchema(value: unknown): boolean {
  return typeof value === 'boolean' || isMapping(value);
}

function patternProblem(keyword: string, value: unknown): string | undefined {
  if (keyword !== 'pattern' || typeof value !== 'string') return undefined;
  try {
    new RegExp(value, 'u');
    return undefined;
  } catch {
    // The engine's own words for what is wrong differ from version to version.
    return 'a regular expression';
  }
}
