import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { PINNED_SCANNER } from '../../src/scan/pinned-scanner.ts';
import { aimctl, checkedJson, type Outcome } from '../lib/aimctl.ts';

const FIXTURE = join(import.meta.dirname, '../fixtures/scan/grype.json');
const scratch = mkdtempSync(join(tmpdir(), 'aimctl-scan-'));
const bin = join(scratch, 'bin');
const calls = join(scratch, 'calls');
mkdirSync(bin);
afterAll(() => rmSync(scratch, { recursive: true }));

/** A program of that name that answers as Grype does. */
function installGrype(scan: string, version: string = PINNED_SCANNER.version): void {
  const answer = `if [ "$1" = version ]; then echo '{"application":"grype","version":"${version}"}'; exit 0; fi`;
  writeFileSync(join(bin, 'grype'), `#!/bin/sh\necho "$@" >> '${calls}'\n${answer}\n${scan}\n`);
  chmodSync(join(bin, 'grype'), 0o755);
}

const run = (args: string[], env: Record<string, string> = {}): Outcome =>
  aimctl(['scan', ...args], { cwd: scratch, env: { PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}`, ...env } });

describe('aimctl scan', () => {
  beforeEach(() => {
    rmSync(calls, { force: true });
    writeFileSync(join(scratch, 'aimctl.config.yaml'), 'scan:\n  fail-on: critical\n');
    installGrype(`cat '${FIXTURE}'`);
  });

  it('runs the scanner once for each image, says what stops a release, and exits with 3', () => {
    const found = run(['host/aim-base:0.9', 'host/aim-a:0.9.0']);
    expect(found.status).toBe(3);
    expect(found.stdout).toMatch(/aim-base:0\.9 {2}stopped {2}2 critical, 1 high, 1 low, 1 unknown/);
    expect(found.stdout).toMatch(/CVE-2024-3094 +critical +xz-utils 5\.6\.1-1 +fixed in 5\.6\.1\+really5\.4\.5-1/);
    expect(found.stdout).toContain(`grype ${PINNED_SCANNER.version} (grype on PATH)`);
    const scans = readFileSync(calls, 'utf8').trim().split('\n').slice(1);
    expect(scans).toEqual(['host/aim-base:0.9', 'host/aim-a:0.9.0'].map((image) => `${image} --output json --quiet`));
  });

  it('prints JSON that follows its schema, and says when the program is of another version', () => {
    installGrype(`cat '${FIXTURE}'`, '0.1.0');
    const report = checkedJson('scan', run(['host/aim-base:0.9', '--json']));
    expect(report).toMatchObject({ passed: false, scanner: { version: '0.1.0', pinned: false } });
    expect(JSON.parse(run(['host/aim-base:0.9', '--format', 'json']).stdout)).toEqual(report);
  });

  it('takes the threshold from the configuration, and from the flag before it', () => {
    expect(run(['image:1', '--fail-on', 'never']).status).toBe(0);
    writeFileSync(join(scratch, 'aimctl.config.yaml'), 'scan:\n  fail-on: never\n');
    expect(run(['image:1']).status).toBe(0);
    expect(run(['image:1', '--fail-on', 'critical']).status).toBe(3);
  });

  it('writes SARIF to a file and the summary to the terminal', () => {
    const file = join(scratch, 'scan.sarif');
    const found = run(['image:1', '--format', 'sarif', '--output', file]);
    expect([found.status, found.stdout.includes('stopped')]).toEqual([3, true]);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({
      version: '2.1.0',
      runs: [{ results: { length: 5 } }],
    });
    expect(run(['image:1', '--format', 'sarif']).stdout).toBe(readFileSync(file, 'utf8'));
  });

  it('says so when the file cannot be written', () => {
    const failed = run(['image:1', '--format', 'sarif', '--output', join(bin, 'grype', 'scan.sarif')]);
    expect([failed.status, failed.stdout, failed.stderr.includes('cannot write')]).toEqual([5, '', true]);
  });

  it.each([
    ['a scanner that fails', 'echo "could not fetch image" >&2; exit 1', 'could not fetch image'],
    ['a scanner that prints something else', 'echo hello', 'no report of Grype'],
  ])('ends with 4 for %s', (_, script, message) => {
    installGrype(script);
    const failed = run(['image:1']);
    expect([failed.status, failed.stdout]).toEqual([4, '']);
    expect(failed.stderr).toContain(message);
  });

  it('says how to get a scanner when there is neither program nor engine', () => {
    rmSync(join(bin, 'grype'));
    const failed = run(['image:1'], { PATH: bin });
    expect(failed.status).toBe(4);
    expect(failed.stderr).toContain(`Install grype ${PINNED_SCANNER.version}`);
  });

  it('refuses a configuration that is wrong, with the place', () => {
    writeFileSync(join(scratch, 'aimctl.config.yaml'), 'scan:\n  fail-on: severe\n');
    const failed = run(['image:1']);
    expect([failed.status, failed.stderr.includes('aimctl.config.yaml:2:')]).toEqual([2, true]);
  });
});
