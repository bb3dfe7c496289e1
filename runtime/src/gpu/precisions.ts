import type { Precision } from '../profile/types.ts';

const BASE: readonly Precision[] = ['fp32', 'fp16', 'int8'];

// First matching rule wins. gfx942 computes fp8 in its own FNUZ encoding, gfx950 and gfx12 in the OCP one.
const RULES: readonly (readonly [RegExp, readonly Precision[]])[] = [
  [/^gfx950$/, [...BASE, 'bf16', 'fp8', 'fp4']],
  [/^gfx94[0-2]$/, [...BASE, 'bf16', 'fp8']],
  [/^gfx90[8a]$/, [...BASE, 'bf16']],
  [/^gfx12/, [...BASE, 'bf16', 'fp8', 'int4']],
  [/^gfx11/, [...BASE, 'bf16', 'int4']],
  [/^gfx103/, [...BASE, 'int4']],
  [/^gfx90/, BASE],
];

/**
 * Number formats the matrix or dot units of this instruction set compute themselves. Others may still run, emulated
 * or dequantised first. Undefined for an unknown instruction set.
 */
export function nativePrecisions(gfx: string): readonly Precision[] | undefined {
  return RULES.find(([pattern]) => pattern.test(gfx))?.[1];
}
