import { profileRule } from '../rule.ts';

/** What `dtype` may be for weights that are not quantised. */
const DTYPES: Readonly<Record<string, readonly string[]>> = {
  fp16: ['float16', 'half', 'auto'],
  bf16: ['bfloat16', 'auto'],
  fp32: ['float32', 'float', 'auto'],
};

/** Every word of the table; another one is no dtype at all. */
const WORDS = new Set(Object.values(DTYPES).flat());

export const precisionDtype = profileRule({
  id: 'precision-dtype',
  severity: 'warning',
  why: 'People choose a profile by its precision; with another dtype they get another one.',
  check: ({ precision, arg }) => {
    const dtype = arg('dtype');
    const allowed = precision === undefined ? undefined : DTYPES[precision];
    if (!allowed || typeof dtype?.value !== 'string') return [];
    if (allowed.includes(dtype.value) || !WORDS.has(dtype.value)) return [];
    return [
      {
        message: `dtype is ${dtype.value}, but metadata.precision is ${precision ?? ''}`,
        at: ['engine_args', dtype.key],
        part: 'value',
        suggestion: `Write dtype: ${allowed[0] ?? ''}, or correct the precision.`,
      },
    ];
  },
});
