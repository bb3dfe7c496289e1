import {
  createYamlIndex,
  describeSchemaErrors,
  parseYaml,
  type SchemaError,
  type YamlIndex,
  type YamlPath,
} from 'aim-runtime/profile';

/** A compiled schema whose data has a type of its own. */
interface ValidateAs<Data> {
  (data: unknown): data is Data;
  readonly errors?: readonly SchemaError[] | null;
}

/** One thing wrong in a document, with the check that found it. `line` and `column` count from 1. */
export interface DocumentProblem {
  readonly check: string;
  /** A warning does not fail a validation. */
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly line: number;
  readonly column: number;
  readonly hint?: string;
}

/** A text held against a schema: its data when it fits. */
export interface CheckedDocument<Data> {
  readonly data: Data | undefined;
  readonly problems: readonly DocumentProblem[];
  /** Where a path is written, or the nearest thing above it. */
  readonly locate: (path: YamlPath, part?: 'key' | 'value') => { readonly line: number; readonly column: number };
}

/** Reads one YAML mapping and checks it against its schema; problems of both are of the check `schema`. */
export function checkDocument<Data>(text: string, validate: ValidateAs<Data>): CheckedDocument<Data> {
  const locate = createLocator(text);
  const yaml = parseYaml(text);
  const problem = (each: { message: string; line: number | undefined; column: number | undefined; hint?: string }) => ({
    ...each,
    check: 'schema',
    severity: 'error' as const,
    line: each.line ?? 1,
    column: each.column ?? 1,
  });
  if (!yaml.ok) return { data: undefined, problems: [problem(yaml.problem)], locate };
  const repeated = yaml.warnings.map(problem);
  const { value } = yaml;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const message = 'the file holds no mapping of keys to values';
    return { data: undefined, problems: [problem({ message, line: 1, column: 1 })], locate };
  }
  if (validate(value)) return { data: value, problems: repeated, locate };
  const errors = describeSchemaErrors(validate.errors ?? [], value, text).map(problem);
  return { data: undefined, problems: [...repeated, ...errors], locate };
}

function createLocator(text: string): CheckedDocument<unknown>['locate'] {
  let index: YamlIndex | undefined | null = null;
  return (path, part = 'key') => {
    index = index === null ? createYamlIndex(text) : index;
    for (let length = path.length; length > 0; length--) {
      const position = index?.locate(path.slice(0, length), length === path.length ? part : 'key');
      if (position) return position;
    }
    return { line: 1, column: 1 };
  };
}
