import { nearestNames } from 'aim-runtime/system';
import { profileRule } from '../rule.ts';

export const engineArgUnknown = profileRule({
  id: 'engine-arg-unknown',
  severity: 'error',
  why: 'The engine refuses to start with an argument that it does not have.',
  check: ({ engine, args }, _file, { facts }) => {
    if (engine === undefined) return [];
    return args
      .filter(({ name }) => facts.argument(engine, name) === undefined)
      .flatMap(({ key, name }) => {
        const life = engine === 'vllm' ? facts.flagLifetime(name) : undefined;
        if (life?.removed !== undefined && life.removed <= facts.version.date) return [];
        const later = life?.added !== undefined && life.added > facts.version.date;
        const near = nearestNames(name, facts.argumentNames(engine));
        const version = engine === 'vllm' ? `vLLM ${facts.version.name}` : 'this version of SGLang';
        return [
          {
            message: `${version} has no argument ${key}${later ? `; it came on ${life.added ?? ''}` : ''}`,
            at: ['engine_args', key],
            suggestion:
              near.length > 0 && !later
                ? `Did you mean ${near.join(' or ')}?`
                : 'Remove it, or use an engine that has it.',
          },
        ];
      });
  },
});
