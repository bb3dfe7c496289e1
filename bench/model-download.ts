import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';

// Downloads a model from a server on this host with aim-runtime and with curl, and hashes what curl brought.
// node bench/model-download.ts [FILES] [MEBIBYTES PER FILE] [ROUNDS]
const runtime = join(import.meta.dirname, '../runtime/dist/aim-runtime');
const [files = 8, mebibytes = 512, rounds = 3] = process.argv.slice(2).map(Number);
if (!existsSync(runtime)) throw new Error(`${runtime} is missing: npm run build -w runtime`);

const scratch = mkdtempSync(join(process.env['TMPDIR'] ?? tmpdir(), 'aim-bench-model-'));
const server = spawn(process.execPath, [
  join(import.meta.dirname, 'lib/model-server.ts'),
  String(files),
  String(mebibytes),
]);
server.stderr.pipe(process.stderr);
process.on('exit', () => {
  server.kill();
  rmSync(scratch, { recursive: true, force: true });
});
const [address] = (await once(server.stdout, 'data')) as [Buffer];
const url = address.toString().trim();
const totalBytes = files * mebibytes * 2 ** 20;

/** Runs to the end and returns seconds and the most memory that was resident, in MiB. */
async function timed(file: string, args: readonly string[], env = {}): Promise<{ seconds: number; peakMib: number }> {
  const start = performance.now();
  const child = spawn(file, args, { env: { PATH: process.env['PATH'], ...env }, stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
  let peakMib = 0;
  const watch = setInterval(() => (peakMib = Math.max(peakMib, peakOf(child))), 50);
  const [status] = (await once(child, 'exit')) as [number | null];
  clearInterval(watch);
  if (status !== 0) throw new Error(`${file}: ${stderr}`);
  return { seconds: (performance.now() - start) / 1000, peakMib };
}

/** The kernel's own record of the peak, which no sampling misses. */
function peakOf({ pid = 0 }: ChildProcess): number {
  try {
    return Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0; // it has ended
  }
}

async function ours(): Promise<{ seconds: number; peakMib: number }> {
  const cache = join(scratch, 'cache');
  const env = { HF_ENDPOINT: url, AIM_CACHE_PATH: cache, AIM_LOG_LEVEL: 'ERROR' };
  const result = await timed(runtime, ['download-to-cache', '--model-id', 'bench/model'], env);
  rmSync(cache, { recursive: true });
  return result;
}

const hasher = spawnSync('openssl', ['version']).status === 0 ? ['openssl', 'dgst', '-sha256'] : ['sha256sum'];

async function theirs(): Promise<{ curl: number; hash: number }> {
  const folder = join(scratch, 'curl');
  mkdirSync(folder);
  const names = Array.from({ length: files }, (_, index) => `model-${index + 1}.bin`);
  const targets = names.flatMap((name) => ['-o', join(folder, name), `${url}/bench/model/resolve/main/${name}`]);
  const { seconds: curl } = await timed('curl', ['-sSfL', ...targets]);
  const [program = '', ...args] = hasher;
  const paths = readdirSync(folder).map((name) => join(folder, name));
  const { seconds: hash } = await timed(program, [...args, ...paths]);
  rmSync(folder, { recursive: true });
  return { curl, hash };
}

const rate = (seconds: number) => `${(totalBytes / 2 ** 20 / seconds).toFixed(0).padStart(6)} MiB/s`;
const ratios: number[] = [];
let peakMib = 0;
for (let round = 1; round <= rounds; round++) {
  const own = await ours();
  const { curl, hash } = await theirs();
  ratios.push((curl + hash) / own.seconds);
  peakMib = Math.max(peakMib, own.peakMib);
  console.log(
    `round ${round}: aim-runtime ${rate(own.seconds)}   curl ${rate(curl)}   ${hasher[0] ?? ''} ${rate(hash)}   curl and hash ${rate(curl + hash)}`,
  );
}
const median = ratios.toSorted((a, b) => a - b)[ratios.length >> 1] ?? Number.NaN;
console.log('');
console.log(`rate / rate of curl and hash, median   ${median.toFixed(2).padStart(8)}   at least 0.90`);
console.log(`peak memory, MiB                       ${peakMib.toFixed(0).padStart(8)}   under 400`);
server.kill();
