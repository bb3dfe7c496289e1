import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { CacheFolder } from '../runtime/test/lib/model-cache.ts';
import { shardedModel } from '../runtime/test/lib/model-files.ts';
import { HubServer, sha256 } from '../runtime/test/lib/model-hub-server.ts';
import { runDownload, startDownload } from '../runtime/test/lib/model-runs.ts';

// Downloads a model again and again, each time killed (-9) at a random moment and then resumed.
// node bench/model-kills.ts [RUNS] [MEBIBYTES]
const [runs = 100, mebibytes = 256] = process.argv.slice(2).map(Number);
const ALLOWED_MIB = 64;
const files = shardedModel(4, (mebibytes / 4) * 2 ** 20);
const totalBytes = Object.values(files).reduce((sum, { length }) => sum + length, 0);
await using hub = await HubServer.start([{ name: 'bench/model', commit: 'b'.repeat(40), files }]);
const args = ['--model-id', 'bench/model'];
const settings = (cache: CacheFolder) => ({ HF_ENDPOINT: hub.url, AIM_CACHE_PATH: cache.path, AIM_LOG_LEVEL: 'ERROR' });

async function wholeRunMs(): Promise<number> {
  using cache = new CacheFolder();
  const start = performance.now();
  await runDownload(args, settings(cache));
  return performance.now() - start;
}

/** Bytes that one kill cost, and whether the kill came before the end. */
async function killedOnce(afterMs: number): Promise<{ lostBytes: number; killed: boolean }> {
  using cache = new CacheFolder();
  hub.sentBytes = 0;
  const run = startDownload(args, settings(cache));
  await Promise.race([sleep(afterMs), run.outcome]);
  const killed = run.child.exitCode === null;
  run.child.kill('SIGKILL');
  await run.outcome;
  const { status, stderr } = await runDownload(args, settings(cache));
  if (status !== 0) throw new Error(stderr);
  for (const [path, content] of Object.entries(files)) {
    const file = cache.at('bench/model', path);
    if (!existsSync(file) || sha256(readFileSync(file)) !== sha256(content)) throw new Error(`${path} is not right`);
  }
  if (!existsSync(join(cache.at('bench/model'), '.cache/aim/manifest.json'))) throw new Error('the marker is missing');
  return { lostBytes: hub.sentBytes - totalBytes, killed };
}

const wholeMs = await wholeRunMs();
const lost: number[] = [];
while (lost.length < runs) {
  const { lostBytes, killed } = await killedOnce(Math.random() * wholeMs);
  if (killed) lost.push(lostBytes / 2 ** 20);
}
const sorted = lost.toSorted((a, b) => a - b);
console.log(`${runs} downloads of ${mebibytes} MiB, each killed once and resumed: all hashes are right`);
console.log(`downloaded twice per kill, MiB, median ${(sorted[runs >> 1] ?? 0).toFixed(1).padStart(8)}`);
console.log(
  `downloaded twice per kill, MiB, most   ${(sorted.at(-1) ?? 0).toFixed(1).padStart(8)}   at most ${ALLOWED_MIB}`,
);
