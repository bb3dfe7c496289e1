import type { ArgValue } from '../profile/types.ts';
import { describeAllowed, renderValue } from './describe.ts';
import { nearestNames } from '../system/nearest.ts';
import { schemaAt } from './table.ts';
import type { ArgSchema, EngineArgProblem, EngineTable, SchemaError } from './types.ts';

/** Problems that the schema finds in arguments with canonical keys; one per place, in the order of the arguments. */
export function findSchemaProblems(
  table: EngineTable,
  args: Readonly<Record<string, ArgValue>>,
): readonly EngineArgProblem[] {
  const errors = table.validate(args);
  const unknown = errors.flatMap(unknownName).map((name) => describeUnknown(table, name));
  const all = [...new Set(errors.map(({ instancePath }) => instancePath))];
  // Of a wrong value and the values around it the innermost says it best.
  const places = all.filter((place) => place !== '' && !all.some((inner) => inner.startsWith(`${place}/`)));
  const wrong = places.map((place) => describeWrongValue(table, args, segmentsOf(place)));
  const order = Object.keys(args);
  const rank = (problem: EngineArgProblem): number => order.indexOf(problem.path.split('/')[0] ?? '');
  return [...unknown, ...wrong].sort((a, b) => rank(a) - rank(b));
}

function unknownName({ instancePath, keyword, params }: SchemaError): string[] {
  const name = params['additionalProperty'];
  return instancePath === '' && keyword === 'additionalProperties' && typeof name === 'string' ? [name] : [];
}

function describeUnknown({ schema }: EngineTable, name: string): EngineArgProblem {
  const near = nearestNames(name, Object.keys(schema.properties));
  const engine = `${schema['x-engine'].name} ${schema['x-engine'].version}`;
  return {
    path: name,
    message: `${engine} has no such argument`,
    ...(near.length > 0 && { suggestion: near.join(', ') }),
  };
}

function describeWrongValue(
  { schema }: EngineTable,
  args: Readonly<Record<string, ArgValue>>,
  segments: readonly string[],
): EngineArgProblem {
  const value = valueAt(args, segments);
  const place = schemaAt(schema, segments) ?? {};
  const near = nearestValue(place, value);
  return {
    path: segments.join('/'),
    message: `${renderValue(segments, value)} is not allowed`,
    allowed: describeAllowed(place),
    ...(near !== undefined && { suggestion: near }),
  };
}

function nearestValue(place: ArgSchema, value: unknown): string | undefined {
  const choices = (place.enum ?? place.examples ?? []).filter((choice) => typeof choice === 'string');
  if (typeof value === 'string') return nearestNames(value, choices, 1)[0];
  const takesAnyText = [place.type].flat().includes('string') && place.pattern === undefined;
  return typeof value === 'number' && takesAnyText ? `"${value}" in quotes` : undefined;
}

function segmentsOf(instancePath: string): string[] {
  return instancePath
    .slice(1)
    .split('/')
    .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function valueAt(args: unknown, segments: readonly string[]): unknown {
  return segments.reduce<unknown>(
    (value, segment) => (typeof value === 'object' && value !== null ? Reflect.get(value, segment) : undefined),
    args,
  );
}
