import { findSchemaErrors, type SchemaError } from 'aim-runtime/profile';
import base from '../../../schemas/base-metadata.schema.json' with { type: 'json' };
import model from '../../../schemas/model-metadata.schema.json' with { type: 'json' };
import profile from '../../../schemas/profile.schema.json' with { type: 'json' };
import type { FileKind } from './file-kinds.ts';
import type { LintFile } from './lint-file.ts';
import { isMapping } from './profile-view.ts';

const SCHEMAS: Readonly<Record<string, unknown>> = {
  'profile.schema.json': profile,
  'model-metadata.schema.json': model,
  'base-metadata.schema.json': base,
};
const none: readonly SchemaError[] = [];
const found = new WeakMap<LintFile, readonly SchemaError[]>();

/** Everything in which a profile or metadata file departs from its schema; computed once for each file. */
export function findErrors(file: LintFile): readonly SchemaError[] {
  const before = found.get(file);
  if (before) return before;
  const errors = computeErrors(file);
  found.set(file, errors);
  return errors;
}

function computeErrors({ kind, value, problems }: LintFile): readonly SchemaError[] {
  if (problems.length > 0 || kind === 'recipe' || kind === 'schema') return none;
  return findSchemaErrors(kind, value);
}

const OWNERS = {
  'unknown-key': ({ keyword }: SchemaError) => keyword === 'additionalProperties',
  'env-var-string': ({ instancePath, keyword }: SchemaError) =>
    keyword === 'type' && /^\/env_vars\/[^/]+$/.test(instancePath),
  'gpu-count': ({ instancePath, keyword }: SchemaError) =>
    keyword === 'enum' && /^\/metadata\/(?:gpu_count|accelerator_count)$/.test(instancePath),
};

/** Which of the rules that read schema errors an error belongs to; `schema` has what no other claims. */
export function isOfRule(error: SchemaError, rule: keyof typeof OWNERS | 'schema'): boolean {
  return rule === 'schema' ? !Object.values(OWNERS).some((owns) => owns(error)) : OWNERS[rule](error);
}

/** Keys from the document's root to the value that an error is about. */
export function errorPath({ instancePath }: SchemaError): string[] {
  return instancePath
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** Names that the schema of a kind of file has for the keys of a mapping. */
export function knownKeys(kind: FileKind, path: readonly string[]): readonly string[] {
  const start = `${kind}.schema.json`;
  let node = resolve(SCHEMAS[start], start);
  for (const step of path) {
    const { schema, home } = node;
    const next = isMapping(schema) && isMapping(schema['properties']) ? schema['properties'][step] : undefined;
    node = resolve(next ?? (isMapping(schema) ? schema['items'] : undefined), home);
  }
  const properties = isMapping(node.schema) ? node.schema['properties'] : undefined;
  return isMapping(properties) ? Object.keys(properties) : [];
}

interface SchemaNode {
  readonly schema: unknown;
  /** File that references without a file name are meant for. */
  readonly home: string;
}

function resolve(schema: unknown, home: string): SchemaNode {
  const reference = isMapping(schema) ? schema['$ref'] : undefined;
  if (typeof reference !== 'string') return { schema, home };
  const [file = '', pointer = ''] = reference.split('#');
  const target = file === '' ? home : file;
  let node: unknown = SCHEMAS[target];
  for (const step of pointer.split('/').slice(1)) node = isMapping(node) ? node[step] : undefined;
  return resolve(node, target);
}
