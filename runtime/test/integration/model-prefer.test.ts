import { describe, expect, it } from 'vitest';
import { PROFILE, ProfileTree, run, settings } from '../lib/run-executable.ts';

/** Two profiles of one rank that want different weights. */
function tree(): ProfileTree {
  const variant = (name: string) => PROFILE.replace('model_id: org/model', `model_id: org/${name}`);
  return new ProfileTree().put('org/model/a.yaml', variant('first')).put('org/model/b.yaml', variant('second'));
}

function selected(profiles: ProfileTree, more = {}): { path: string; stderr: string } {
  const { stdout, stderr } = run(['dry-run'], settings(profiles, more));
  return { path: stdout.split('\n')[0] ?? '', stderr };
}

describe('selection among profiles of equal rank', () => {
  it('goes by the name when nothing is cached', () => {
    using profiles = tree();
    expect(selected(profiles).path).toContain('org/model/a.yaml');
  });

  it('takes the one whose weights are there, and says so', () => {
    using profiles = tree()
      .put('cache/org/second/config.json', '{}')
      .put('cache/org/second/model.safetensors', 'weights');
    const { path, stderr } = selected(profiles);
    expect(path).toContain('org/model/b.yaml');
    expect(stderr).toContain('profile b is preferred to a, which ranks the same: its weights are cached');
    expect(selected(profiles, { AIM_PROFILE_ID: 'a' }).path).toContain('org/model/a.yaml');
  });

  it('does not count weights that are not whole', () => {
    using profiles = tree()
      .put('cache/org/second/config.json', '{}')
      .put('cache/org/second/model.safetensors', Buffer.alloc(1000));
    expect(selected(profiles).path).toContain('org/model/a.yaml');
  });
});
