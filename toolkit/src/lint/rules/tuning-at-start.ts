import { profileRule } from '../rule.ts';

export const tuningAtStart = profileRule({
  id: 'tuning-at-start',
  severity: 'warning',
  why: 'TunableOp measures every new matrix shape when it first comes up: the first requests take many times as long.',
  check: ({ env }) => {
    const isOn = (name: string, fallback: string): boolean => (env[name] ?? fallback) === '1';
    // Tuning is on by default once TunableOp is.
    if (!isOn('PYTORCH_TUNABLEOP_ENABLED', '0')) return [];
    const tunes = isOn('PYTORCH_TUNABLEOP_TUNING', '1');
    if (!tunes && 'PYTORCH_TUNABLEOP_FILENAME' in env) return [];
    return [
      {
        message: tunes
          ? 'PYTORCH_TUNABLEOP_ENABLED turns tuning on while requests are served'
          : 'PYTORCH_TUNABLEOP_ENABLED without tuning and without results to read has no effect',
        at: ['env_vars', 'PYTORCH_TUNABLEOP_ENABLED'],
        suggestion: tunes
          ? 'Tune once, keep the file, and set PYTORCH_TUNABLEOP_TUNING to "0".'
          : 'Remove it, or name the results in PYTORCH_TUNABLEOP_FILENAME.',
        ...(tunes ? {} : { severity: 'info' }),
      },
    ];
  },
});
