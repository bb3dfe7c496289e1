import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const GENERATED = 'runtime/src/generated/.made';

/** What make would run for a target; the `fresh` file counts as just changed. */
function plan(target: string, variables: readonly string[] = [], { fresh = '' } = {}): string[] {
  // The tests themselves may be run by make, which a make within it would tell of.
  const env = { ...process.env, AIMCTL_REGISTRY: '', MAKEFLAGS: '', MAKELEVEL: '0' };
  const files = ['-o', 'node_modules/.package-lock.json', ...(fresh === '' ? [] : ['-W', fresh])];
  const { stdout } = spawnSync('make', ['-n', ...files, target, ...variables], { cwd: ROOT, env, encoding: 'utf8' });
  return stdout.trim().split('\n');
}

describe('make', () => {
  it.each(['build-base', 'build-model', 'tag', 'push', 'lint', 'test-unit', 'test-integration', 'demo'])(
    '%s makes the generated code again when a schema has changed, or nothing is there',
    (target) => {
      const model = ['ORG=acme', 'MODEL=Model', 'REGISTRY=r.example/org'];
      const steps = plan(target, model, { fresh: 'schemas/profile.schema.json' });
      expect(steps[0]).toBe('npm run generate');
      expect(steps.join('\n')).toContain(`touch ${GENERATED}`);
    },
  );

  it('clean takes all generated code with its stamp', () => {
    expect(plan('clean').at(-1)).toContain(' {runtime,toolkit}/src/generated ');
  });

  it('push pushes the base image first, and what each command is given it knows', () => {
    const steps = plan('push', ['REGISTRY=r.example/org', 'BASE=rocm/vllm:1', 'ARGS=--insecure --yes']);
    expect(steps.filter((step) => step.startsWith('node '))).toEqual([
      'node toolkit/bin/aimctl.js build-base --push --registry r.example/org --base rocm/vllm:1 --insecure',
      'node toolkit/bin/aimctl.js push --all --registry r.example/org --insecure --yes',
    ]);
    expect(plan('push').join('\n')).toContain('REGISTRY is needed');
  });
});
