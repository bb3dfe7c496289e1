import { RENAMED_VARIABLES } from '../env-successors.ts';
import { profileRule } from '../rule.ts';
import { describeRemoval } from '../timeline.ts';

export const envVarRemoved = profileRule({
  id: 'env-var-removed',
  severity: 'warning',
  why: 'The engine no longer reads this variable: the behaviour it asked for is gone, whatever its value.',
  check: ({ engine, env }, _file, { facts }) => {
    if (engine !== 'vllm') return [];
    return Object.keys(env).flatMap((name) => {
      const life = facts.variableLifetime(name);
      if (facts.variable(name) !== undefined || life?.removed === undefined || name in RENAMED_VARIABLES) return [];
      const path = ['env_vars', name];
      return [
        {
          message: `${name} was removed ${describeRemoval(life)}: vLLM ${facts.version.name} does not read it`,
          at: path,
          suggestion: 'Remove it.',
          fix: { kind: 'delete', path },
        },
      ];
    });
  },
});
