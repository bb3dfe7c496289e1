import { compile } from 'json-schema-to-typescript';
import type { JsonSchema } from './schemas.ts';

/** Declarations that every generated validator shares. */
export const TYPES_OF_ANY_VALIDATOR = `/** One reason why data does not fit a schema. */
export interface SchemaError {
  /** JSON pointer of the value that is wrong; empty for the whole document. */
  readonly instancePath: string;
  readonly schemaPath: string;
  readonly keyword: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly message?: string;
  /** Name of the property whose name is wrong, for errors of propertyNames. */
  readonly propertyName?: string;
}

/** A compiled schema; \`errors\` belongs to the last call. */
export interface Validate {
  (data: unknown): boolean;
  readonly errors?: readonly SchemaError[] | null;
}

/** A compiled schema whose data has a type of its own. */
export interface ValidateAs<Data> {
  (data: unknown): data is Data;
  readonly errors?: readonly SchemaError[] | null;
}
`;

const UNTYPED = `import type { Validate } from './validator.d.ts';

declare const validate: Validate;
export default validate;
`;

/** Declarations of a validator module; for a typed one also the interfaces of its schema, named by the schema's title. */
export async function compileTypes(
  schema: JsonSchema,
  { folder, typed }: { readonly folder: string; readonly typed: boolean },
): Promise<string> {
  if (!typed) return UNTYPED;
  const title = String(schema['title']);
  const interfaces = await compile(schema, title, {
    cwd: `${folder}/`,
    bannerComment: '',
    unknownAny: true,
    format: false,
  });
  return `import type { ValidateAs } from './validator.d.ts';

${interfaces}
declare const validate: ValidateAs<${title}>;
export default validate;
`;
}
