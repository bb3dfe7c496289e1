/**
 * Writes the JSON Schemas of the Kubernetes objects that `deploy` renders, as a version of the API knows them, for the
 * tests. They are made of the model classes of an unpacked `@kubernetes/client-node`, whose package names the version:
 *   npm pack @kubernetes/client-node@1.0.0 && tar xzf kubernetes-client-node-1.0.0.tgz
 *   node toolkit/scripts/kubernetes-schemas.ts package
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Objects, and parts of objects that custom resources are made of. */
const ROOTS = [
  'V1ConfigMap',
  'V1Container',
  'V1Deployment',
  'V1Job',
  'V1PersistentVolumeClaim',
  'V1PodDisruptionBudget',
  'V1PodSpec',
  'V1Service',
  'V2HorizontalPodAutoscaler',
];
const SCALARS: Readonly<Record<string, object>> = {
  any: {},
  boolean: { type: 'boolean' },
  Date: { type: 'string' },
  IntOrString: { type: ['integer', 'string'] },
  number: { type: 'number' },
  string: { type: 'string' },
  V1MicroTime: { type: 'string' },
};
/** Written by the server, never by us. */
const LEFT_OUT = new Set(['status', 'managedFields']);

const [folder = ''] = process.argv.slice(2);
const models = join(folder, 'dist/gen/models');
const version = /OpenAPI spec version: (?:release-|v)(\d+\.\d+)/.exec(source('V1Pod.js'))?.[1];
if (version === undefined) throw new Error(`${folder} is no unpacked @kubernetes/client-node`);

const definitions: Record<string, object> = {};
const waiting = [...ROOTS];
for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
  if (!(name in definitions)) definitions[name] = describe(name);
}
const schema = {
  $comment: `Kubernetes ${version}, from the models of @kubernetes/client-node by toolkit/scripts/kubernetes-schemas.ts`,
  $id: 'kubernetes',
  definitions: Object.fromEntries(Object.entries(definitions).sort(([a], [b]) => (a < b ? -1 : 1))),
};
const target = join(import.meta.dirname, `../test/fixtures/deploy/kubernetes-${version}.json`);
writeFileSync(target, `${JSON.stringify(schema)}\n`);
process.stdout.write(`${target}: ${Object.keys(definitions).length} definitions\n`);

function describe(name: string): object {
  const list = /attributeTypeMap = (\[[^]*?\n\]);/.exec(source(`${name}.js`))?.[1] ?? '[]';
  const attributes = (JSON.parse(list) as { name: string; baseName: string; type: string; format: string }[]).filter(
    ({ baseName }) => !LEFT_OUT.has(baseName),
  );
  const declared = source(`${name}.d.ts`);
  // Fields that have to be there are declared without a question mark.
  const required = attributes.filter((each) =>
    new RegExp(`^ {4}'${each.name.replace('$', '\\$')}': `, 'm').test(declared),
  );
  return {
    type: 'object',
    additionalProperties: false,
    ...(required.length === 0 ? {} : { required: required.map(({ baseName }) => baseName) }),
    properties: Object.fromEntries(attributes.map((each) => [each.baseName, typeOf(each.type, each.format)])),
  };
}

function typeOf(type: string, format: string): object {
  const array = /^(?:Array|Set)<(.*)>$/.exec(type)?.[1];
  if (array !== undefined) return { type: 'array', items: typeOf(array, format) };
  const map = /^\{ \[key: string\]: (.*); \}$/.exec(type)?.[1];
  if (map !== undefined) return { type: 'object', additionalProperties: typeOf(map, format) };
  if (type === 'number' && format.startsWith('int')) return { type: 'integer' };
  const scalar = SCALARS[type];
  if (scalar) return scalar;
  waiting.push(type);
  return { $ref: `#/definitions/${type}` };
}

function source(file: string): string {
  return readFileSync(join(models, file), 'utf8');
}
