import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeGpuTree } from './gpu-tree.ts';

/**
 * V8 flags under which the same source and the same run give the same bytes. They are part of the cache's header,
 * so the header is rewritten to the flags the executable runs with; the bytecode itself does not depend on them.
 */
const DETERMINISTIC = ['--hash-seed=1', '--predictable'];
/** Header of V8's serialized code: magic, version hash, source hash, flag hash, 4 bytes each. */
const FLAG_HASH = { start: 12, end: 16 };

/**
 * Runs the bundle on a typical start and keeps the bytecode of every function that start compiled.
 * With it the executable compiles nothing: about a third of its start-up time. Fails when V8 would not take it.
 */
export function buildCodeCache(options: { bundle: string; output: string; profiles: string }): string {
  const { bundle, output } = options;
  const recorder = join(import.meta.dirname, 'record-code-cache.cjs');
  const scratch = mkdtempSync(join(tmpdir(), 'aim-code-cache-'));
  try {
    const env = typicalStart(scratch, options.profiles);
    execFileSync(process.execPath, [...DETERMINISTIC, recorder, 'record', bundle, output], {
      env,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const sample = join(scratch, 'sample.bin');
    execFileSync(process.execPath, [recorder, 'sample', sample]);
    const cache = readFileSync(output);
    readFileSync(sample).copy(cache, FLAG_HASH.start, FLAG_HASH.start, FLAG_HASH.end);
    writeFileSync(output, cache);
    execFileSync(process.execPath, [recorder, 'verify', bundle, output], { stdio: 'inherit' });
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  return output;
}

/** A host with eight whole MI300X, as most are. */
function typicalStart(scratch: string, profiles: string): NodeJS.ProcessEnv {
  const { sys, dev } = writeGpuTree(scratch, { cards: 8, partitions: 1 });
  return {
    PATH: process.env['PATH'],
    AIM_ID: 'meta-llama/Llama-3.1-8B-Instruct',
    AIM_PROFILE_PATH: profiles,
    AIM_SYSFS_ROOT: sys,
    AIM_DEV_ROOT: dev,
    AIM_CACHE_PATH: scratch,
    AIM_LOG_LEVEL: 'CRITICAL',
    HF_HUB_OFFLINE: '1',
  };
}
