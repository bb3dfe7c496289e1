import type { ArgSchema } from 'aim-runtime/engine';
import type { Argument } from './profile-view.ts';

/** Arguments that count something of which there must be one at least, where the schema leaves that to the engine. */
const AT_LEAST_ONE = new Set([
  'tensor-parallel-size',
  'pipeline-parallel-size',
  'data-parallel-size',
  'max-num-seqs',
  'max-num-batched-tokens',
  'api-server-count',
  'tp-size',
  'pp-size',
  'dp-size',
]);

/** How a number is outside its argument's range, or undefined. Values of another type are no matter of range. */
export function findLimit(property: ArgSchema, { name, value }: Argument): string | undefined {
  if (typeof value !== 'number') return undefined;
  const minimum = property.minimum ?? (AT_LEAST_ONE.has(name) ? 1 : undefined);
  const { maximum, exclusiveMinimum, exclusiveMaximum } = property;
  if (minimum !== undefined && value < minimum) return `at least ${minimum}`;
  if (maximum !== undefined && value > maximum) return `at most ${maximum}`;
  if (exclusiveMinimum !== undefined && value <= exclusiveMinimum) return `above ${exclusiveMinimum}`;
  if (exclusiveMaximum !== undefined && value >= exclusiveMaximum) return `below ${exclusiveMaximum}`;
  return undefined;
}
