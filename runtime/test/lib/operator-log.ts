/** What the operator takes from the first entry of the array it finds. */
export interface Discovery {
  readonly filename: string;
  readonly path: string;
  readonly profile: {
    readonly metadata: Readonly<Record<string, unknown>>;
    readonly env_vars: Readonly<Record<string, string>>;
    readonly engine_args: Readonly<Record<string, unknown>>;
  };
  readonly models: readonly { readonly name: string; readonly source: string; readonly size_gb: number | null }[];
  readonly command: { readonly argv: readonly string[]; readonly env: Readonly<Record<string, string>> };
}

/**
 * The operator's reading of a job's merged log: an array as a whole, else the array that ends with the last `]` of it.
 * @throws when there is none, or an empty one
 */
export function discoveryOf(log: string): readonly Discovery[] {
  const end = log.lastIndexOf(']');
  for (let start = log.lastIndexOf('[', end); start >= 0; start = log.lastIndexOf('[', start - 1)) {
    try {
      const value: unknown = JSON.parse(log.slice(start, end + 1));
      if (Array.isArray(value) && value.length > 0 && typeof value[0] === 'object') return value as Discovery[];
    } catch {
      continue;
    }
  }
  throw new Error('no JSON array in the log');
}

const TYPES = ['optimized', 'preview', 'unoptimized'];
const PRECISIONS = ['auto', 'fp4', 'fp8', 'fp16', 'fp32', 'bf16', 'int4', 'int8'];
const METRICS = ['latency', 'throughput'];
const MODEL_ID = /^[a-zA-Z0-9_-]+\/[a-zA-Z0-9._-]+$/;
const SOURCE_URI = /^(hf|s3):\/\/[^ \t\r\n]+$/;

/** Rules of the operator's types and of its resources that an entry breaks; none for one it takes. */
export function findViolations({ filename, profile, models }: Discovery): string[] {
  const { gpu_count: count, type, precision, metric, engine, gpu } = profile.metadata;
  const isText = (value: unknown) => typeof value === 'string' && value !== '';
  const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);
  const rules: readonly (readonly [string, boolean])[] = [
    ['filename', isText(filename)],
    ['gpu_count is an integer', Number.isInteger(count)],
    ['engine and gpu are texts', isText(engine) && isText(gpu)],
    ['type', TYPES.includes(String(type))],
    ['precision', PRECISIONS.includes(String(precision))],
    ['metric', METRICS.includes(String(metric))],
    ['engine_args is an object', isObject(profile.engine_args)],
    ['env_vars holds texts', Object.values(profile.env_vars).every((value) => typeof value === 'string')],
    ['there is a model', models.length > 0],
    ['names of models', models.every(({ name }) => MODEL_ID.test(name))],
    ['sources of models', models.every(({ source }) => SOURCE_URI.test(source))],
    ['sizes of models', models.every(({ size_gb: size }) => size === null || typeof size === 'number')],
  ];
  return rules.flatMap(([rule, holds]) => (holds ? [] : [rule]));
}
