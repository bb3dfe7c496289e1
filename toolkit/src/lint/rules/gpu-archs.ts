import { findModelGfx } from 'aim-runtime/gpu';
import { profileRule } from '../rule.ts';

export const gpuArchs = profileRule({
  id: 'gpu-archs',
  severity: 'error',
  why: 'Kernels are compiled for GPU_ARCHS; on another GPU they do not run.',
  check: ({ gpu, env }) => {
    const archs = env['GPU_ARCHS'];
    const gfx = findModelGfx(gpu ?? '');
    if (archs === undefined || gfx === undefined) return [];
    const named = archs.split(';').map((arch) => arch.trim());
    if (named.includes(gfx) || named.includes('native')) return [];
    const path = ['env_vars', 'GPU_ARCHS'];
    return [
      {
        message: `GPU_ARCHS is ${archs}, but ${gpu ?? ''} is ${gfx}`,
        at: path,
        part: 'value',
        suggestion: `Write "${gfx}".`,
        ...(named.length === 1 ? { fix: { kind: 'value', path, text: `"${gfx}"` } } : {}),
      },
    ];
  },
});
