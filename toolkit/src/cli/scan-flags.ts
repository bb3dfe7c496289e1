import { Flags } from '@oclif/core';
import { THRESHOLDS } from '../scan/severity.ts';

/** What a scan is judged by, and how its result is written. */
export const scanFlags = {
  format: Flags.option({
    options: ['text', 'json', 'sarif'] as const,
    default: 'text',
    description: 'Form of the result; json is the same as --json.',
    env: 'AIMCTL_SCAN_FORMAT',
  })(),
  output: Flags.string({
    helpValue: 'FILE',
    description: 'Write the result in that form to a file, and print it as text.',
    env: 'AIMCTL_SCAN_OUTPUT',
  }),
  'fail-on': Flags.option({
    options: THRESHOLDS,
    description: 'Severity that stops a release, instead of that of the configuration.',
    env: 'AIMCTL_FAIL_ON',
  })(),
  config: Flags.string({
    helpValue: 'FILE',
    description: 'Configuration; default is aimctl.config.yaml here or above.',
    env: 'AIMCTL_CONFIG',
  }),
};
