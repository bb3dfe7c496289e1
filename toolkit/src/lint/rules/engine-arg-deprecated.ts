import { repairArgument } from '../arg-repair.ts';
import { profileRule } from '../rule.ts';

export const engineArgDeprecated = profileRule({
  id: 'engine-arg-deprecated',
  severity: 'warning',
  why: 'The engine still takes a deprecated argument, but warns at every start and will drop it.',
  check: (profile, _file, { facts }) => {
    const { engine } = profile;
    if (engine === undefined) return [];
    return profile.args
      .filter(({ name }) => facts.argument(engine, name)?.deprecated === true)
      .map((arg) => {
        const gone = engine === 'vllm' ? facts.flagLifetime(arg.name)?.removed : undefined;
        return {
          message: `${arg.key} is deprecated${gone === undefined ? '' : ` and was removed from vLLM on ${gone}`}`,
          at: ['engine_args', arg.key],
          ...repairArgument(arg, { profile, facts, otherwise: "See the engine's notes for its successor." }),
        };
      });
  },
});
