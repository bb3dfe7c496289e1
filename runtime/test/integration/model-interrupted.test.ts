import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { CacheFolder } from '../lib/model-cache.ts';
import { shardedModel } from '../lib/model-files.ts';
import { HubServer } from '../lib/model-hub-server.ts';
import { runDownload, startDownload } from '../lib/model-runs.ts';
import { EXECUTABLE } from '../lib/run-executable.ts';

const COMMIT = '0123456789abcdef0123456789abcdef01234567';
const MOST_LOST_BYTES = 64 * 2 ** 20;
const KILLS = 20;

function settings(hub: HubServer, cache: CacheFolder): Record<string, string> {
  return { HF_ENDPOINT: hub.url, AIM_CACHE_PATH: cache.path, AIM_LOG_LEVEL: 'ERROR' };
}

function expectWhole(folder: string, files: Readonly<Record<string, Buffer>>): void {
  for (const [path, content] of Object.entries(files)) {
    expect(readFileSync(join(folder, path)).equals(content), path).toBe(true);
  }
}

describe.each([
  ['local folder', [], 'org/model'],
  ['hub cache', ['--use-hf-cache'], `hub/models--org--model/snapshots/${COMMIT}`],
])('killed at any moment, %s', (_, flags, folder) => {
  it(`goes on where it stopped, ${KILLS} times`, async () => {
    const files = shardedModel(3, 12_000_000);
    const totalBytes = Object.values(files).reduce((sum, { length }) => sum + length, 0);
    await using hub = await HubServer.start([{ name: 'org/model', commit: COMMIT, files }]);
    using cache = new CacheFolder();
    const args = ['--model-id', 'org/model', ...flags];
    hub.bytesPerSecond = 4_000_000;
    let killed = 0;
    for (let round = 0; round < KILLS; round++) {
      const run = startDownload(args, settings(hub, cache));
      await Promise.race([sleep(50 + Math.random() * 500), run.outcome]);
      if (run.child.exitCode === null) killed++;
      run.child.kill('SIGKILL');
      await run.outcome;
      for (const path of existsSync(cache.at(folder)) ? readdirSync(cache.at(folder)) : []) {
        if (path.startsWith('.') || path === 'extra') continue;
        expect(readFileSync(cache.at(folder, path)).equals(files[path]!), `${path} is whole or missing`).toBe(true);
      }
    }
    hub.bytesPerSecond = undefined;
    expect(await runDownload(args, settings(hub, cache))).toMatchObject({ status: 0, stderr: '' });
    expectWhole(cache.at(folder), files);
    expect(killed).toBeGreaterThan(3);
    expect(hub.sentBytes - totalBytes).toBeLessThan(killed * MOST_LOST_BYTES);
    expect(hub.sentBytes).toBeLessThan(totalBytes * 6); // starting over each time would be far above
  });
});

describe('many processes', () => {
  it('ten at once make one download', async () => {
    const files = shardedModel(3, 3_000_000);
    const totalBytes = Object.values(files).reduce((sum, { length }) => sum + length, 0);
    await using hub = await HubServer.start([{ name: 'org/model', commit: COMMIT, files }]);
    using cache = new CacheFolder();
    const runs = Array.from({ length: 10 }, () => runDownload(['--model-id', 'org/model'], settings(hub, cache)));
    for (const outcome of await Promise.all(runs)) {
      expect(outcome).toEqual({ status: 0, stdout: `${cache.at('org/model')}\n`, stderr: '' });
    }
    expectWhole(cache.at('org/model'), files);
    expect(hub.sentBytes).toBe(totalBytes);
  });
});

describe('disk', () => {
  it('says before the first byte that there is too little room, with both numbers', async () => {
    await using hub = await HubServer.start([{ name: 'org/model', commit: COMMIT, files: shardedModel(1, 1000) }]);
    using cache = new CacheFolder();
    // A listing that claims a file of one exbibyte: no disk has it.
    const fake = { sha: COMMIT, siblings: [{ rfilename: 'a.bin', size: 2 ** 52, blobId: 'a'.repeat(40) }] };
    const { createServer } = await import('node:http');
    const server = createServer((_, response) => response.end(JSON.stringify(fake)));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const port = (server.address() as { port: number }).port;
    const env = { ...settings(hub, cache), HF_ENDPOINT: `http://127.0.0.1:${port}` };
    const { status, stderr } = await runDownload(['--model-id', 'org/model'], env);
    server.close();
    expect(status).toBe(5);
    expect(stderr).toMatch(/needs 4096\.0 TiB and .* has [\d.]+ [KMGT]?i?B free/);
    expect(existsSync(cache.at('org/model/a.bin'))).toBe(false);
  });

  const canMount = process.getuid?.() === 0 && existsSync('/bin/mount');
  it.runIf(canMount)('becoming full later keeps what is verified and says what to free', async ({ skip }) => {
    const files = shardedModel(3, 3_000_000);
    await using hub = await HubServer.start([{ name: 'org/model', commit: COMMIT, files }]);
    using cache = new CacheFolder();
    mkdirSync(cache.path);
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=12m', 'none', cache.path]).status === 0;
    if (!mounted) skip('no right to mount');
    try {
      hub.bytesPerSecond = 3_000_000;
      const run = startDownload(['--model-id', 'org/model'], settings(hub, cache));
      while (hub.sentBytes < 1_000_000) await sleep(20);
      execFileSync('dd', ['if=/dev/zero', `of=${cache.at('other')}`, 'bs=1M', 'count=9'], { stdio: 'ignore' });
      const { status, stderr } = await run.outcome;
      expect(status).toBe(5);
      expect(stderr).toContain('became full during the download');
      execFileSync('rm', [cache.at('other')]);
      const before = hub.sentBytes;
      expect((await runDownload(['--model-id', 'org/model'], settings(hub, cache))).status).toBe(0);
      expectWhole(cache.at('org/model'), files);
      expect(hub.sentBytes - before).toBeLessThan(9_000_000);
    } finally {
      execFileSync('umount', [cache.path]);
    }
  });

  it.runIf(process.getuid?.() === 0)('a read-only cache that holds the model is enough', async () => {
    await using hub = await HubServer.start([{ name: 'org/model', commit: COMMIT, files: shardedModel(2, 1000) }]);
    using cache = new CacheFolder();
    await runDownload(['--model-id', 'org/model'], settings(hub, cache));
    chmodSync(cache.beside(), 0o755);
    chownSync(cache.path, 0, 0);
    const asOther = (args: readonly string[]) =>
      spawnSync(EXECUTABLE, ['download-to-cache', ...args], {
        uid: 65532,
        gid: 65532,
        env: { ...settings(hub, cache), HF_HUB_OFFLINE: '1' },
        encoding: 'utf8',
      });
    const { status, stdout } = asOther(['--model-id', 'org/model', '--verify']);
    expect({ status, stdout }).toEqual({ status: 0, stdout: `${cache.at('org/model')}\n` });
    expect(asOther(['--model-id', 'org/other']).status).toBe(5);
  });
});

const python = process.env['AIM_TEST_PYTHON'] ?? 'python3';
const hasHuggingfaceHub = spawnSync(python, ['-c', 'import huggingface_hub']).status === 0;

describe.runIf(hasHuggingfaceHub)('huggingface_hub', () => {
  it('accepts both kinds of folders, offline and by their hashes', async () => {
    const files = shardedModel(2, 100_000);
    await using hub = await HubServer.start([{ name: 'org/model', commit: COMMIT, files }]);
    using cache = new CacheFolder();
    for (const flags of [[], ['--use-hf-cache']]) {
      const { status } = await runDownload(['--model-id', 'org/model', ...flags], settings(hub, cache));
      expect(status).toBe(0);
    }
    const script = `
import json, os, sys
from huggingface_hub import snapshot_download, try_to_load_from_cache
from huggingface_hub._local_folder import read_download_metadata
from pathlib import Path
local, names = Path(sys.argv[1]), json.loads(sys.argv[2])
records = {name: read_download_metadata(local, name) for name in names}
print(json.dumps({
    "snapshot": snapshot_download("org/model", local_files_only=True),
    "local": snapshot_download("org/model", local_dir=local, local_files_only=True),
    "cached": all(os.path.isfile(try_to_load_from_cache("org/model", name) or "") for name in names),
    "records": all(record is not None and record.commit_hash == "${COMMIT}" for record in records.values()),
}))`;
    const result = execFileSync(python, ['-c', script, cache.at('org/model'), JSON.stringify(Object.keys(files))], {
      env: { ...process.env, HF_HOME: cache.path, HF_HUB_OFFLINE: '1' },
      encoding: 'utf8',
    });
    expect(JSON.parse(result)).toEqual({
      snapshot: cache.at(`hub/models--org--model/snapshots/${COMMIT}`),
      local: cache.at('org/model'),
      cached: true,
      records: true,
    });
  });

  it('finds every file right by the hashes of the hub, and fills a folder that we accept', async () => {
    const files = shardedModel(2, 100_000);
    await using hub = await HubServer.start([{ name: 'org/model', commit: COMMIT, files }]);
    using cache = new CacheFolder();
    await runDownload(['--model-id', 'org/model'], settings(hub, cache));
    const script = `
import json, sys
from huggingface_hub import HfApi, snapshot_download
report = HfApi().verify_repo_checksums("org/model", local_dir=sys.argv[1])
snapshot_download("org/model", local_dir=sys.argv[2])
print(json.dumps({"checked": report.checked_count, "wrong": len(report.mismatches) + len(report.missing_paths)}))`;
    const child = startPython(script, [cache.at('org/model'), cache.at('by/huggingface_hub')], {
      HF_ENDPOINT: hub.url,
      HF_HUB_DISABLE_XET: '1',
      HF_HUB_DISABLE_TELEMETRY: '1',
    });
    expect(JSON.parse(await child)).toEqual({ checked: Object.keys(files).length, wrong: 0 });
    const before = hub.requests.length;
    const { status } = await runDownload(['--model-id', 'by/huggingface_hub', '--verify'], settings(hub, cache));
    expect(status).toBe(0);
    expect(hub.requests).toHaveLength(before);
  });
});

/** Runs Python while this process goes on serving it; resolves with what it printed. */
async function startPython(script: string, args: readonly string[], env: Record<string, string>): Promise<string> {
  const run = promisify(execFile)(python, ['-c', script, ...args], { env: { ...process.env, ...env } });
  return (await run).stdout;
}
