import { load } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { deployPlan } from '../../test/lib/deploy-plans.ts';
import { renderCompose, type ComposeFile } from './compose.ts';

describe('the compose file', () => {
  it('holds no dollar sign that Compose would put a variable in the place of', async () => {
    const said = {
      target: 'compose',
      cache: 'hostpath',
      cachePath: '/data/$USER/models',
      env: { A: '$HOME' },
    } as const;
    const plan = await deployPlan(said);
    const [file] = renderCompose({ ...plan, image: { ...plan.image, reference: 'host/$image:1' } });
    const { server } = (load(file!.text) as ComposeFile).services;
    expect(server?.volumes[0]?.source).toBe('/data/$$USER/models');
    expect(server?.environment['A']).toBe('$$HOME');
    expect(server?.image).toBe('host/$$image:1');
    expect(file!.text.replaceAll('$$', '')).not.toContain('$');
  });

  it('downloads a checkpoint whose name has one', async () => {
    const plan = await deployPlan({ target: 'compose', cache: 'preload' });
    const [file] = renderCompose({ ...plan, profile: { ...plan.profile, checkpoint: 's3://bucket/a$b' } });
    expect((load(file!.text) as ComposeFile).services['preload']?.command?.at(-1)).toBe('s3://bucket/a$$b');
  });
});
