import { factsOf } from '../checkpoint.ts';
import { profileRule } from '../rule.ts';

export const dtypeCheckpoint = profileRule({
  id: 'dtype-checkpoint',
  severity: 'info',
  why: 'float16 covers a smaller range than bfloat16: values that the model was trained with may overflow.',
  check: (profile) => {
    const dtype = profile.arg('dtype');
    const facts = factsOf(profile);
    if (!facts || (dtype?.value !== 'float16' && dtype?.value !== 'half')) return [];
    const { quantization, dtype: published } = facts.shape;
    if (quantization === undefined && published !== 'bfloat16') return [];
    return [
      {
        message: `dtype is ${dtype.value}, but ${facts.id} is published ${quantization ? `as ${quantization.method}` : 'in bfloat16'}`,
        at: ['engine_args', dtype.key],
        part: 'value',
        suggestion: 'Write dtype: bfloat16 or auto, unless float16 was measured to be right.',
      },
    ];
  },
});
