import { profileRule } from '../rule.ts';

/** The engine refuses to start when swap takes more than this share of the host's memory. */
const MOST_OF_HOST = 0.7;
const DEFAULT_GIB = 4;

export const swapSpace = profileRule({
  id: 'swap-space',
  severity: 'warning',
  why: 'The engine does not swap, but refuses to start on a host without memory for it.',
  check: ({ engine, arg, numberOf }, _file, { facts }) => {
    const swap = arg('swap-space');
    if (engine !== 'vllm' || !swap || facts.argument('vllm', 'swap-space') === undefined) return [];
    const gib = numberOf('swap-space', 0) * numberOf('tensor-parallel-size', 1);
    if (gib <= DEFAULT_GIB) return [];
    const path = ['engine_args', swap.key];
    return [
      {
        message: `${swap.key} asks for ${gib} GiB on the host, so hosts with less than ${Math.floor(gib / MOST_OF_HOST)} GiB are refused`,
        at: path,
        part: 'value',
        suggestion: 'Remove it: the default is enough.',
        fix: { kind: 'delete', path },
      },
    ];
  },
});
