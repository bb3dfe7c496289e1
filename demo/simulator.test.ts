import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { computeContentHash, loadSimulator, writeFiles } from './simulator.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'aim-simulator-test-'));
  mkdirSync(join(folder, 'vllm/__pycache__'), { recursive: true });
  writeFileSync(join(folder, 'vllm/b.py'), 'b = 1\n');
  writeFileSync(join(folder, 'vllm/a.py'), 'a = 1\n');
  writeFileSync(join(folder, 'vllm/__pycache__/a.cpython-311.pyc'), 'x');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const hash = (): string => computeContentHash('recipe', loadSimulator(folder));

describe('the simulator package', () => {
  it('is its sources in a fixed order, without byte code', () => {
    expect(loadSimulator(folder).map(({ path }) => path)).toEqual(['vllm/a.py', 'vllm/b.py']);
  });
  it('has a hash that changes with content, names and recipe, and with nothing else', () => {
    const before = hash();
    writeFileSync(join(folder, 'vllm/__pycache__/b.cpython-311.pyc'), 'y');
    expect(hash()).toBe(before);
    expect(computeContentHash('another', loadSimulator(folder))).not.toBe(before);
    writeFileSync(join(folder, 'vllm/a.py'), 'a = 2\n');
    expect(hash()).not.toBe(before);
  });
  it('is readable by every user of the image whatever the umask is', () => {
    const umask = process.umask(0o077);
    try {
      writeFiles(join(folder, 'out'), loadSimulator(folder));
    } finally {
      process.umask(umask);
    }
    expect(statSync(join(folder, 'out/vllm')).mode & 0o777).toBe(0o755);
    expect(statSync(join(folder, 'out/vllm/a.py')).mode & 0o777).toBe(0o644);
  });
});
