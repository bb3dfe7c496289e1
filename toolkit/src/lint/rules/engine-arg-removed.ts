import { repairArgument } from '../arg-repair.ts';
import { profileRule } from '../rule.ts';
import { describeRemoval } from '../timeline.ts';

export const engineArgRemoved = profileRule({
  id: 'engine-arg-removed',
  severity: 'error',
  why: 'The engine of the base image no longer takes this argument, and refuses to start with it.',
  check: (profile, _file, { facts }) => {
    if (profile.engine !== 'vllm') return [];
    return profile.args.flatMap((arg) => {
      if (facts.argument('vllm', arg.name) !== undefined) return [];
      const life = facts.flagLifetime(arg.name);
      if (life?.removed === undefined || life.removed > facts.version.date) return [];
      return [
        {
          message: `${arg.key} was removed ${describeRemoval(life)}: vLLM ${facts.version.name} does not have it`,
          at: ['engine_args', arg.key],
          ...repairArgument(arg, { profile, facts, otherwise: 'Remove it.' }),
        },
      ];
    });
  },
});
