import { weightFormatOf } from '../checkpoint.ts';
import { profileRule } from '../rule.ts';

export const precisionCheckpoint = profileRule({
  id: 'precision-checkpoint',
  severity: 'warning',
  why: 'The precision in the metadata is what people and selection go by; the weights run in the one of the checkpoint.',
  check: (profile) => {
    const format = weightFormatOf(profile);
    const { precision } = profile;
    if (format === undefined || precision === undefined) return [];
    const expected = format.precision ?? precision;
    const isPlain = /^(?:fp16|bf16|fp32)$/.test(precision);
    if (format.precision === undefined ? isPlain : expected === precision) return [];
    return [
      {
        message: `metadata.precision is ${precision}, but ${format.source}`,
        at: ['metadata', 'precision'],
        part: 'value',
        suggestion:
          format.precision === undefined
            ? 'Name a quantised checkpoint in model_id or give quantization, or correct the precision.'
            : `Write ${format.precision}, or serve another checkpoint.`,
      },
    ];
  },
});
