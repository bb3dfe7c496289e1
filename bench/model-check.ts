import { performance } from 'node:perf_hooks';
import { findCachedModel } from '../runtime/src/model/cache.ts';
import { CacheFolder } from '../runtime/test/lib/model-cache.ts';
import { shardedModel } from '../runtime/test/lib/model-files.ts';
import { HubServer } from '../runtime/test/lib/model-hub-server.ts';
import { runDownload } from '../runtime/test/lib/model-runs.ts';

// How long start-up takes to tell that a model is complete: 200 shards and as many small files.
const texts = Object.fromEntries(
  Array.from({ length: 200 }, (_, index) => [`file-${index}.txt`, Buffer.from(`${index}`)]),
);
const files = { ...shardedModel(200, 100_000), ...texts };
await using hub = await HubServer.start([{ name: 'bench/many', commit: 'b'.repeat(40), files }]);
using cache = new CacheFolder();
const env = { HF_ENDPOINT: hub.url, AIM_CACHE_PATH: cache.path, AIM_LOG_LEVEL: 'ERROR' };
const { status, stderr } = await runDownload(['--model-id', 'bench/many'], env);
if (status !== 0) throw new Error(stderr);
const times = Array.from({ length: 21 }, () => {
  const start = performance.now();
  if (!findCachedModel(cache.path, 'bench/many')) throw new Error('the model was not found');
  return performance.now() - start;
});
const [first = Number.NaN] = times;
const median = times.toSorted((a, b) => a - b)[times.length >> 1] ?? Number.NaN;
console.log(
  `completeness of ${Object.keys(files).length} files, ms, first time ${first.toFixed(1).padStart(8)}   under 100`,
);
console.log(
  `completeness of ${Object.keys(files).length} files, ms, median     ${median.toFixed(1).padStart(8)}   under 100`,
);
