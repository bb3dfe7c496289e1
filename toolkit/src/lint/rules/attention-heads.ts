import { factsOf } from '../checkpoint.ts';
import { settingsOf, tensorArgument } from '../serving-settings.ts';
import { profileRule } from '../rule.ts';

export const attentionHeads = profileRule({
  id: 'attention-heads',
  severity: 'error',
  why: 'Attention heads are shared out evenly among the GPUs; the engine refuses a number that does not divide.',
  check: (profile) => {
    const facts = factsOf(profile);
    const arg = tensorArgument(profile);
    const tensor = settingsOf(profile)?.parallel.tensor;
    if (!facts || !arg || tensor === undefined) return [];
    const heads = facts.shape.attentionHeads;
    if (heads % tensor === 0) return [];
    return [
      {
        message: `${heads} attention heads of ${facts.id} cannot be shared out among ${tensor} GPUs`,
        at: ['engine_args', arg.key],
        part: 'value',
        suggestion: `Use ${[1, 2, 4, 8].filter((size) => heads % size === 0).join(', ')}.`,
      },
    ];
  },
});
