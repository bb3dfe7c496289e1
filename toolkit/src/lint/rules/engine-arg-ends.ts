import { repairArgument } from '../arg-repair.ts';
import { profileRule } from '../rule.ts';
import { describeRemoval } from '../timeline.ts';

export const engineArgEnds = profileRule({
  id: 'engine-arg-ends',
  severity: 'warning',
  why: 'A later version of the engine refuses to start with this argument, so the next base image would break the profile.',
  check: (profile, _file, { facts }) => {
    if (profile.engine !== 'vllm') return [];
    return profile.args.flatMap((arg) => {
      const known = facts.argument('vllm', arg.name);
      const life = facts.flagLifetime(arg.name);
      if (known === undefined || known.deprecated === true || life?.removed === undefined) return [];
      if (life.removed <= facts.version.date) return [];
      return [
        {
          message: `${arg.key} is removed from vLLM ${describeRemoval(life)}`,
          at: ['engine_args', arg.key],
          ...repairArgument(arg, { profile, facts, otherwise: 'Find another way before the base image moves on.' }),
        },
      ];
    });
  },
});
