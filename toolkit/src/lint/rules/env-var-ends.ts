import { profileRule } from '../rule.ts';
import { describeRemoval } from '../timeline.ts';

export const envVarEnds = profileRule({
  id: 'env-var-ends',
  severity: 'info',
  why: 'A later version of the engine ignores this variable, so the next base image would change what the profile does.',
  check: ({ engine, env }, _file, { facts }) => {
    if (engine !== 'vllm') return [];
    return Object.keys(env).flatMap((name) => {
      const life = facts.variableLifetime(name);
      if (facts.variable(name) === undefined || life?.removed === undefined) return [];
      return [
        {
          message: `${name} is removed from vLLM ${describeRemoval(life)}`,
          at: ['env_vars', name],
          suggestion: 'Find another way before the base image moves on.',
        },
      ];
    });
  },
});
