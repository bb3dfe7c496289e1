import { dirname, join } from 'node:path';
import type { LintContext } from '../context.ts';
import type { LintFile } from '../lint-file.ts';
import { listSubschemas } from '../json-schema.ts';
import { isMapping } from '../profile-view.ts';
import type { Rule } from '../rule.ts';

export const schemaRef: Rule = {
  id: 'schema-ref',
  severity: 'error',
  kinds: ['schema'],
  why: 'A reference that leads nowhere makes validators refuse the whole schema.',
  check: (file, context) =>
    listSubschemas(file.value).flatMap(({ path, schema }) => {
      const reference = schema['$ref'];
      if (typeof reference !== 'string' || leadsSomewhere(reference, file, context)) return [];
      return [
        {
          message: `$ref ${reference} leads nowhere`,
          at: [...path, '$ref'],
          part: 'value',
          suggestion: 'Correct the file name or the path behind #.',
        },
      ];
    }),
};

function leadsSomewhere(reference: string, file: LintFile, context: LintContext): boolean {
  const [name = '', pointer = ''] = reference.split('#');
  // Addresses on the network are for the validator to know.
  if (/^[a-z]+:/i.test(name)) return true;
  const path = join(dirname(file.path), name);
  if (name !== '' && !context.exists(path)) return false;
  let node: unknown = name === '' ? file.value : context.open(path).value;
  for (const step of pointer.split('/').slice(1)) {
    const key = decode(step).replaceAll('~1', '/').replaceAll('~0', '~');
    node = isMapping(node) || Array.isArray(node) ? Reflect.get(node, key) : undefined;
  }
  return node !== undefined;
}

/** Percent signs that escape nothing are characters of the name. */
function decode(step: string): string {
  try {
    return decodeURIComponent(step);
  } catch {
    return step;
  }
}
