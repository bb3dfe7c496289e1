import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { multilineLabels, renderDockerfile } from './dockerfile.ts';
import { planBaseImage, planModelImage } from './plan.ts';

const template = (name: string) => readFileSync(join(import.meta.dirname, '../../../templates', name), 'utf8');
const common = {
  version: '0.9.0',
  base: 'example/base:1',
  naming: { registry: undefined, tag: undefined, scheme: 'semver' },
  layoutVersion: '1',
  stamp: { createdAt: 0, revision: '' },
  metadata: {},
} as const;
const basePlan = planBaseImage({ ...common, runtime: '/r', generalProfiles: [], schemas: [] });

describe('renderDockerfile', () => {
  it('renders the base image: labels first, files unpacked, then the settings', () => {
    const lines = renderDockerfile(template('aim-base.Dockerfile'), basePlan).split('\n');
    const instructions = lines.flatMap((line) => /^(?:[A-Z]+)(?= )/.exec(line)?.[0] ?? []);
    expect(instructions).toEqual(['FROM', 'LABEL', 'ENV', 'ADD', 'WORKDIR', 'USER', 'ENTRYPOINT']);
    expect(lines).toContain('ENTRYPOINT ["/workspace/aim-runtime/aim-runtime"]');
  });

  it('leaves out what a plan does not set', () => {
    const text = renderDockerfile(
      template('aim-model.Dockerfile'),
      planModelImage({ ...common, aimId: 'a/b', profiles: [] }),
    );
    expect(text).not.toMatch(/^(USER|WORKDIR|ENTRYPOINT)/m);
    expect(text).toContain('AIM_ID="a/b"');
  });

  it('escapes what a Dockerfile would interpret and leaves out labels with line breaks', () => {
    const plan = { ...basePlan, labels: { plain: 'a "b" $c \\d', long: 'one\ntwo' } };
    expect(renderDockerfile('@labels@\n', plan)).toBe('LABEL plain="a \\"b\\" \\$c \\\\d"\n');
    expect(multilineLabels(plan)).toEqual({ long: 'one\ntwo' });
  });

  it('refuses a template that asks for something unknown', () => {
    expect(() => renderDockerfile('@nothing@\n', basePlan)).toThrow(/@nothing@/);
  });
});
