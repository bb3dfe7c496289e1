import { Ajv } from 'ajv';
import standalone from 'ajv/dist/standalone/index.js';
import { build } from 'esbuild';
import { schemaOf, type Schemas } from './schemas.ts';

/**
 * Compiles one schema to an ES module that needs nothing else at run time: `export default validate`, which reports
 * all errors, not the first one. The result depends on the schemas and the pinned versions of ajv and esbuild only.
 */
export async function compileValidator(schemas: Schemas, path: string): Promise<string> {
  // Not strict: engine schemas carry x- keywords for the command line, and if/then/else repeats property names.
  const ajv = new Ajv({ allErrors: true, strict: false, code: { source: true, esm: true } });
  const own = schemaOf(schemas, path);
  for (const schema of schemas.values()) if (schema !== own) ajv.addSchema(schema);
  return bundle(standalone.default(ajv, ajv.compile(own)));
}

/** Inlines the helpers of ajv that the compiled code asks for. */
async function bundle(code: string): Promise<string> {
  const result = await build({
    absWorkingDir: import.meta.dirname,
    stdin: { contents: code, resolveDir: import.meta.dirname, sourcefile: 'validate.js' },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    minify: true,
    legalComments: 'none',
    logLevel: 'error',
  });
  return result.outputFiles.map(({ text }) => text).join('');
}
