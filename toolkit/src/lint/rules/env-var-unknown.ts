import { nearestNames } from 'aim-runtime/system';
import { RENAMED_VARIABLES } from '../env-successors.ts';
import type { LintFacts } from '../facts.ts';
import type { Problem } from '../finding.ts';
import { profileRule } from '../rule.ts';

export const envVarUnknown = profileRule({
  id: 'env-var-unknown',
  severity: 'warning',
  why: 'A variable that nothing reads does nothing, so the setting it stands for is not made.',
  check: ({ engine, env }, _file, { facts }) => {
    if (engine !== 'vllm') return [];
    return Object.keys(env)
      .filter((name) => facts.variable(name) === undefined)
      .flatMap((name) => describe(name, env, facts));
  },
});

function describe(name: string, env: Readonly<Record<string, string>>, facts: LintFacts): Problem[] {
  const path = ['env_vars', name];
  const successor = RENAMED_VARIABLES[name];
  if (successor !== undefined) {
    const fix = successor in env ? {} : ({ fix: { kind: 'rename', path, name: successor } } as const);
    return [
      {
        message: `nothing in vLLM ${facts.version.name} reads ${name}`,
        at: path,
        suggestion: `Write ${successor}.`,
        ...fix,
      },
    ];
  }
  if (name.startsWith('AIM_')) {
    return [
      {
        message: `${name} is read before a profile is chosen, so it has no effect here`,
        at: path,
        suggestion: "Set it in the container's environment.",
        fix: { kind: 'delete', path },
      },
    ];
  }
  if (facts.variableLifetime(name)?.removed !== undefined) return [];
  const near = nearestNames(name, facts.variableNames).filter((candidate) => sharesPrefix(candidate, name));
  // Components below vLLM read more variables than are listed; only a near miss tells a mistake.
  if (!name.startsWith('VLLM_') && near.length === 0) return [];
  return [
    {
      message: `nothing is known to read ${name}`,
      at: path,
      suggestion: near.length > 0 ? `Did you mean ${near.join(' or ')}?` : 'Remove it.',
    },
  ];
}

function sharesPrefix(candidate: string, name: string): boolean {
  return candidate.split('_')[0] === name.split('_')[0];
}
