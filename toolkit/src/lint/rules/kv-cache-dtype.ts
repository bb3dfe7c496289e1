import { findModelGfx, nativePrecisions } from 'aim-runtime/gpu';
import { profileRule } from '../rule.ts';

export const kvCacheDtype = profileRule({
  id: 'kv-cache-dtype',
  severity: 'warning',
  why: 'A cache in a format that the GPU does not compute is converted at every step, which costs more than it saves.',
  check: ({ gpu, arg }) => {
    const cache = arg('kv-cache-dtype');
    const gfx = findModelGfx(gpu ?? '');
    if (typeof cache?.value !== 'string' || gfx === undefined || !cache.value.startsWith('fp8')) return [];
    if (nativePrecisions(gfx)?.includes('fp8') !== false) return [];
    return [
      {
        message: `${cache.key} is ${cache.value}, which ${gpu ?? ''} (${gfx}) does not compute itself`,
        at: ['engine_args', cache.key],
        part: 'value',
        suggestion: 'Write auto, or leave it out.',
      },
    ];
  },
});
