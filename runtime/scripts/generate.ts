import { join } from 'node:path';
import { writeIfChanged } from './lib/files.ts';
import { loadSchemas, schemaOf } from './lib/schemas.ts';
import { compileTypes, TYPES_OF_ANY_VALIDATOR } from './lib/types.ts';
import { compileValidator } from './lib/validator.ts';

/** Modules to generate; `typed` ones prove the type that their schema's title names. */
const TARGETS = [
  { name: 'profile', schema: 'profile.schema.json', typed: true },
  { name: 'model-metadata', schema: 'model-metadata.schema.json', typed: true },
  { name: 'base-metadata', schema: 'base-metadata.schema.json', typed: true },
  { name: 'vllm-args', schema: 'engine-args/vllm-0.11.1.schema.json', typed: false },
  { name: 'sglang-args', schema: 'engine-args/sglang-0.5.5.schema.json', typed: false },
] as const;

const runtime = join(import.meta.dirname, '..');
const schemasFolder = join(runtime, '..', 'schemas');
const output = join(runtime, 'src', 'generated');

const schemas = await loadSchemas(schemasFolder);
await writeIfChanged(join(output, 'validator.d.ts'), TYPES_OF_ANY_VALIDATOR);
await Promise.all(
  TARGETS.map(async ({ name, schema, typed }) => {
    const [code, types] = await Promise.all([
      compileValidator(schemas, schema),
      compileTypes(schemaOf(schemas, schema), { folder: schemasFolder, typed }),
    ]);
    await writeIfChanged(join(output, `${name}.js`), code);
    await writeIfChanged(join(output, `${name}.d.ts`), types);
  }),
);
