import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A JSON Schema as its file holds it. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** Schemas by path below the schemas folder, with `/` between folders. */
export type Schemas = ReadonlyMap<string, JsonSchema>;

const FOLDERS = ['', 'engine-args/'];
const SUFFIX = '.schema.json';

/** Reads the schemas of `folder` that describe files and engine arguments. */
export async function loadSchemas(folder: string): Promise<Schemas> {
  const names = await Promise.all(
    FOLDERS.map(async (below) => (await readdir(join(folder, below))).map((name) => `${below}${name}`)),
  );
  const files = names.flat().filter((name) => name.endsWith(SUFFIX));
  const entries = files.sort().map(async (name) => [name, await readSchema(join(folder, name))] as const);
  return new Map(await Promise.all(entries));
}

/** The schema of a path; an error that names the known ones when there is none. */
export function schemaOf(schemas: Schemas, path: string): JsonSchema {
  const schema = schemas.get(path);
  if (!schema) throw new Error(`schemas/${path} does not exist; there are: ${[...schemas.keys()].join(', ')}`);
  return schema;
}

async function readSchema(file: string): Promise<JsonSchema> {
  return JSON.parse(await readFile(file, 'utf8')) as JsonSchema;
}
