import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const TOOLKIT = join(import.meta.dirname, '../..');
const REPOSITORY = join(TOOLKIT, '..');

/** The package as npm would install it: nothing of the repository but its dependencies' folders. */
describe('the packed aimctl', () => {
  const prefix = mkdtempSync(join(tmpdir(), 'aimctl-package-'));
  const modules = join(prefix, 'node_modules');
  const bin = join(modules, 'aimctl/bin/aimctl.js');
  let files: string[] = [];

  beforeAll(() => {
    const env = {
      ...process.env,
      PATH: [join(REPOSITORY, 'node_modules/.bin'), dirname(process.execPath), process.env['PATH']].join(delimiter),
    };
    execFileSync('npm', ['pack', '--silent', '--pack-destination', prefix], { cwd: TOOLKIT, env });
    mkdirSync(join(modules, 'aimctl'), { recursive: true });
    const archive = join(
      prefix,
      readdirSync(prefix).find((name) => name.endsWith('.tgz'))!,
    );
    files = execFileSync('tar', ['-tzf', archive], { encoding: 'utf8' }).trim().split('\n');
    execFileSync('tar', ['-xzf', archive, '-C', join(modules, 'aimctl'), '--strip-components=1']);
    for (const name of ['@oclif', 'dockerode', 'execa', 'js-yaml', 'node', 'semver'])
      symlinkSync(join(REPOSITORY, 'node_modules', name), join(modules, name));
  });
  afterAll(() => rmSync(prefix, { recursive: true }));

  const aimctl = (...args: string[]) => spawnSync(process.execPath, [bin, ...args], { cwd: prefix, encoding: 'utf8' });

  it('holds built code and assets, no sources and no tests', () => {
    expect(files).toContain('package/bin/aimctl.js');
    expect(files).toContain('package/dist/main.js');
    expect(files).toContain('package/assets/templates/aim-base.Dockerfile');
    expect(files.filter((file) => /\.ts$|\/test\/|node_modules/.test(file))).toEqual([]);
  });

  it.each(['--help', 'build-model --help', '--version'])('answers %s', (line) => {
    const run = aimctl(...line.split(' '));
    expect(run.stderr).toBe('');
    expect(run.status).toBe(0);
    expect(run.stdout).toContain('aimctl');
  });

  it('plans images from its own profiles, and says what is missing for the base image', () => {
    const model = aimctl('build-model', 'meta-llama/Llama-3.1-8B-Instruct', '--dry-run', '--json');
    expect(JSON.parse(model.stdout)).toMatchObject({
      plans: [{ reference: expect.stringMatching(/^aim-meta-llama-llama-3-1-8b-instruct:\d+\.\d+\.0$/) as string }],
    });
    const base = aimctl('build-base', '--dry-run');
    expect(base.status).toBe(4);
    expect(base.stderr).toContain('--runtime');
    writeFileSync(join(prefix, 'runtime'), 'x');
    expect(aimctl('build-base', '--dry-run', '--runtime', 'runtime').status).toBe(0);
  });
});
