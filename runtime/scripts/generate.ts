import { join } from 'node:path';
import { writeIfChanged } from './lib/files.ts';
import { loadSchemas, schemaOf } from './lib/schemas.ts';
import { compileTypes, TYPES_OF_ANY_VALIDATOR } from './lib/types.ts';
import { compileValidator } from './lib/validator.ts';

/** Modules to generate and whose they are; `typed` ones prove the type that their schema's title names. */
const TARGETS = [
  { name: 'profile', schema: 'profile.schema.json', typed: true },
  { name: 'model-metadata', schema: 'model-metadata.schema.json', typed: true },
  { name: 'base-metadata', schema: 'base-metadata.schema.json', typed: true },
  { name: 'vllm-args', schema: 'engine-args/vllm-0.11.1.schema.json', typed: false },
  { name: 'sglang-args', schema: 'engine-args/sglang-0.5.5.schema.json', typed: false },
  { name: 'recipe', schema: 'recipe.schema.json', typed: true, workspace: 'toolkit' },
  { name: 'model', schema: 'model.schema.json', typed: true, workspace: 'toolkit' },
  { name: 'bench-result', schema: 'bench-result.schema.json', typed: false, workspace: 'toolkit' },
  { name: 'bench-evidence', schema: 'bench-evidence.schema.json', typed: false, workspace: 'toolkit' },
  { name: 'release-record', schema: 'release-record.schema.json', typed: true, workspace: 'toolkit' },
] as const;

const runtime = join(import.meta.dirname, '..');
const schemasFolder = join(runtime, '..', 'schemas');
const outputOf = (workspace: string) => join(runtime, '..', workspace, 'src', 'generated');

const schemas = await loadSchemas(schemasFolder);
for (const workspace of ['runtime', 'toolkit']) {
  await writeIfChanged(join(outputOf(workspace), 'validator.d.ts'), TYPES_OF_ANY_VALIDATOR);
}
await Promise.all(
  TARGETS.map(async ({ name, schema, typed, ...target }) => {
    const output = outputOf('workspace' in target ? target.workspace : 'runtime');
    const [code, types] = await Promise.all([
      compileValidator(schemas, schema),
      compileTypes(schemaOf(schemas, schema), { folder: schemasFolder, typed }),
    ]);
    await writeIfChanged(join(output, `${name}.js`), code);
    await writeIfChanged(join(output, `${name}.d.ts`), types);
  }),
);
