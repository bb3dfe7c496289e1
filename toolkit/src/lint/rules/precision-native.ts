import type { Precision } from 'aim-runtime/profile';
import { findModelGfx, nativePrecisions } from 'aim-runtime/gpu';
import { factsOf } from '../checkpoint.ts';
import { profileRule } from '../rule.ts';

export const precisionNative = profileRule({
  id: 'precision-native',
  severity: 'warning',
  why: 'Weights in a format that the GPU does not compute are converted at every step: they save memory, not time.',
  check: (profile) => {
    const { gpu, precision } = profile;
    const gfx = findModelGfx(gpu ?? '');
    const native = gfx === undefined ? undefined : nativePrecisions(gfx);
    if (!native || precision === undefined || native.includes(precision as Precision)) return [];
    // A model that exists in one format only leaves no choice, so there is nothing to warn of.
    const isPublishedSo = factsOf(profile)?.shape.quantization?.method.includes(precision) === true;
    return [
      {
        message: `${precision} is not native on ${gpu ?? ''} (${gfx ?? ''}), which computes ${native.join(', ')}`,
        at: ['metadata', 'precision'],
        part: 'value',
        suggestion: isPublishedSo
          ? 'Expect dequantised weights: the model is published in this format only.'
          : `Use a checkpoint in ${native.filter((name) => name !== 'fp32').join(' or ')}.`,
        ...(isPublishedSo ? { severity: 'info' } : {}),
      },
    ];
  },
});
