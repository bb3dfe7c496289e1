import { describe, expect, it } from 'vitest';
import { loadConfig, readSuperviseConfig } from '../config.ts';

describe('the settings of supervision', () => {
  it('have defaults', () => {
    expect(readSuperviseConfig({})).toEqual({ enabled: false, port: 8001, drainSeconds: 30 });
  });

  it('come from the environment', () => {
    const env = { AIM_SUPERVISE: 'True', AIM_SUPERVISE_PORT: '9000', AIM_DRAIN_SECONDS: '0' };
    expect(readSuperviseConfig(env)).toEqual({ enabled: true, port: 9000, drainSeconds: 0 });
  });

  it('are reported with all other settings when they are wrong', async () => {
    const env = { AIM_SUPERVISE: 'maybe', AIM_SUPERVISE_PORT: '0', AIM_DRAIN_SECONDS: '-1', AIM_PORT: 'x' };
    expect(readSuperviseConfig(env)).toEqual({ enabled: false, port: 8001, drainSeconds: 30 });
    const details = await loadConfig(env, 'nothing').then(
      () => [],
      (error: unknown) => (error as { details: readonly string[] }).details,
    );
    expect(details.map((line) => line.split('=')[0])).toEqual([
      'AIM_SUPERVISE',
      'AIM_SUPERVISE_PORT',
      'AIM_DRAIN_SECONDS',
      'AIM_PORT',
    ]);
  });
});
