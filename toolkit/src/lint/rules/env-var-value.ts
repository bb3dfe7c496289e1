import type { VariableFacts } from '../facts.ts';
import { profileRule } from '../rule.ts';

export const envVarValue = profileRule({
  id: 'env-var-value',
  severity: 'error',
  why: 'The engine fails on a value it cannot read, or takes it for off.',
  check: ({ engine, env }, _file, { facts }) => {
    if (engine !== 'vllm') return [];
    return Object.entries(env).flatMap(([name, value]) => {
      const known = facts.variable(name);
      const allowed = known && expectation(known);
      if (allowed === undefined || allowed.fits.test(value)) return [];
      return [
        {
          message: `${name} is ${JSON.stringify(value)}; it must be ${allowed.words}`,
          at: ['env_vars', name],
          part: 'value',
          suggestion: `Write ${allowed.words}.`,
        },
      ];
    });
  },
});

interface Expectation {
  readonly fits: RegExp;
  readonly words: string;
}

const FORMS: Readonly<Partial<Record<VariableFacts['kind'], Expectation>>> = {
  integer: { fits: /^\s*[+-]?\d+\s*$/, words: 'an integer' },
  number: { fits: /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?\s*$/i, words: 'a number' },
  flag: { fits: /^(?:0|1|true|false)$/i, words: '1, 0, true or false' },
  'integer-flag': { fits: /^\s*\d+\s*$/, words: '1 or 0' },
};

const ofChoices = new Map<readonly string[], Expectation>();

function expectation({ kind, choices }: VariableFacts): Expectation | undefined {
  if (choices === undefined) return FORMS[kind];
  const known = ofChoices.get(choices) ?? toExpectation(kind, choices);
  ofChoices.set(choices, known);
  return known;
}

function toExpectation(kind: VariableFacts['kind'], choices: readonly string[]): Expectation {
  const words = choices.map((choice) => choice.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)).join('|');
  const fits = kind === 'choices' ? new RegExp(`^(?:(?:${words})(?:,|$))*$`) : new RegExp(`^(?:${words})$`, 'i');
  return { fits, words: `${kind === 'choices' ? 'some of' : 'one of'} ${choices.join(', ')}` };
}
