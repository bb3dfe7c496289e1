import { factsOf } from '../checkpoint.ts';
import { settingsOf } from '../serving-settings.ts';
import { profileRule } from '../rule.ts';

export const contextLength = profileRule({
  id: 'context-length',
  severity: 'error',
  why: 'The engine refuses a context longer than the one the model was made for.',
  check: (profile) => {
    const limit = factsOf(profile)?.shape.maxPositions;
    const { env } = profile;
    const arg = profile.arg('max-model-len') ?? profile.arg('context-length');
    const tokens = settingsOf(profile)?.maxModelTokens;
    if (limit === undefined || !arg || tokens === undefined || tokens <= limit) return [];
    // Both say that the author means it: one allows any length, the other changes the model's own.
    const allowed = env['VLLM_ALLOW_LONG_MAX_MODEL_LEN'] ?? '0';
    if (/^(?:1|true)$/i.test(allowed) || profile.arg('hf-overrides') || profile.arg('rope-scaling')) return [];
    return [
      {
        message: `${arg.key} is ${tokens}, but ${profile.modelId ?? ''} has a context of ${limit}`,
        at: ['engine_args', arg.key],
        part: 'value',
        suggestion: `Write at most ${limit}.`,
      },
    ];
  },
});
