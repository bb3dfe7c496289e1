import { describe, expect, it } from 'vitest';
import { SuperviseState } from './state.ts';

const LIVE = { ready: false, requests: undefined, lastLine: undefined };

describe('the state of a supervised start', () => {
  it('knows how long it has been in a phase and when the first token came', () => {
    let ms = 1_000;
    const state = new SuperviseState(() => ms);
    ms = 3_500;
    state.enter('loading');
    ms = 4_000;
    state.markFirstToken();
    ms = 6_000;
    state.markFirstToken();
    expect(state.report(LIVE)).toMatchObject({
      phase: 'loading',
      phase_seconds: 2.5,
      uptime_seconds: 5,
      first_token_seconds: 3,
      engine: null,
    });
  });

  it('never goes back', () => {
    const state = new SuperviseState(() => 0);
    state.enter('draining');
    state.enter('ready');
    expect(state.phase).toBe('draining');
  });
});
