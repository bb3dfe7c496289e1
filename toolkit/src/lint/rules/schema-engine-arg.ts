import { nearestNames } from 'aim-runtime/system';
import type { Problem } from '../finding.ts';
import type { LintFacts } from '../facts.ts';
import { isMapping } from '../profile-view.ts';
import type { Rule } from '../rule.ts';
import { describeRemoval } from '../timeline.ts';

export const schemaEngineArg: Rule = {
  id: 'schema-engine-arg',
  severity: 'warning',
  kinds: ['schema'],
  why: 'A schema that allows arguments which the engine refuses, or other words for their values, lets broken profiles pass.',
  check: ({ path, value }, { facts }) => {
    // A table made from the engine itself names it, and is right about its own version.
    if (!/vllm_engine_schema\.json$/.test(path) || !isMapping(value) || !isMapping(value['properties'])) return [];
    return Object.entries(value['properties']).flatMap(([name, property]) => checkProperty(name, property, facts));
  },
};

function checkProperty(name: string, property: unknown, facts: LintFacts): Problem[] {
  const at = ['properties', name];
  const known = facts.argument('vllm', name);
  if (known === undefined) {
    const life = facts.flagLifetime(name);
    const near = nearestNames(name, facts.argumentNames('vllm'));
    const gone = life?.removed === undefined ? '' : `; it was removed ${describeRemoval(life)}`;
    const suggestion = near.length > 0 ? `Did you mean ${near.join(' or ')}?` : 'Remove it.';
    return [{ message: `vLLM ${facts.version.name} has no argument ${name}${gone}`, at, suggestion }];
  }
  const deprecated =
    known.deprecated === true ? [{ message: `${name} is deprecated`, at, suggestion: 'Mark it so.' }] : [];
  const words = isMapping(property) ? property['enum'] : undefined;
  if (!Array.isArray(words) || known.enum === undefined) return deprecated;
  const engineWords = known.enum.map(String);
  const own = words.map(String);
  const surplus = own.filter((word) => !engineWords.includes(word));
  const missing = engineWords.filter((word) => !own.includes(word));
  if (surplus.length + missing.length === 0) return deprecated;
  const parts = [
    ...(surplus.length > 0 ? [`the engine does not take ${surplus.join(', ')}`] : []),
    ...(missing.length > 0 ? [`it also takes ${missing.join(', ')}`] : []),
  ];
  return [
    ...deprecated,
    {
      message: `the words of ${name} differ: ${parts.join('; ')}`,
      at: [...at, 'enum'],
      suggestion: "Use the engine's own words.",
    },
  ];
}
