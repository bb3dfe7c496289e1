import { nearestNames } from 'aim-runtime/system';
import type { Problem } from '../finding.ts';
import { findKeywordProblem, listSubschemas, SCHEMA_KEYWORDS, type SchemaNode } from '../json-schema.ts';
import type { Rule } from '../rule.ts';

export const schemaKeyword: Rule = {
  id: 'schema-keyword',
  severity: 'error',
  kinds: ['schema'],
  why: 'A validator ignores a keyword that it does not know or refuses the whole schema, so the check is not made.',
  check: ({ value, problems }) => (problems.length > 0 ? [] : listSubschemas(value).flatMap(checkKeywords)),
};

function checkKeywords({ path, schema }: SchemaNode): Problem[] {
  return Object.entries(schema).flatMap(([keyword, value]): Problem[] => {
    const at = [...path, keyword];
    if (!SCHEMA_KEYWORDS.includes(keyword)) {
      if (keyword.startsWith('x-')) return [];
      const near = nearestNames(keyword, SCHEMA_KEYWORDS);
      const suggestion = near.length > 0 ? `Did you mean ${near.join(' or ')}?` : 'Name own keywords x-….';
      return [{ message: `JSON Schema has no keyword ${keyword}`, at, suggestion }];
    }
    const expected = findKeywordProblem(keyword, value);
    if (expected === undefined) return [];
    return [{ message: `${keyword} must be ${expected}`, at, part: 'value', suggestion: `Write ${expected}.` }];
  });
}
