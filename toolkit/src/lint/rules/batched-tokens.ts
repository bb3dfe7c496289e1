import { profileRule } from '../rule.ts';

export const batchedTokens = profileRule({
  id: 'batched-tokens',
  severity: 'warning',
  why: 'Without chunked prefill the engine raises its step to the whole context length, and keeps that much memory for it.',
  check: ({ engine, args, arg, isOff }) => {
    if (engine !== 'vllm' || !isOff('enable-chunked-prefill') || arg('max-num-batched-tokens')) return [];
    const off = args.find(({ name }) => name === 'no-enable-chunked-prefill');
    const length = arg('max-model-len')?.value;
    const size = length === undefined ? "the model's full context length" : `max-model-len (${JSON.stringify(length)})`;
    return [
      {
        message: `${off?.key ?? ''} without max-num-batched-tokens: the engine takes ${size} as its step`,
        at: ['engine_args', off?.key ?? ''],
        suggestion: 'Give max-num-batched-tokens, or leave chunked prefill on.',
      },
    ];
  },
});
