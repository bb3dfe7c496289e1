import { randomBytes } from 'node:crypto';
import { HubServer } from '../../runtime/test/lib/model-hub-server.ts';

// A process of its own, so that serving does not share a thread with what is measured:
// node model-server.ts FILES MEBIBYTES, which prints its address and serves until it is killed.
const [files = 8, mebibytes = 512] = process.argv.slice(2).map(Number);
const content = randomBytes(mebibytes * 2 ** 20);
const names = Array.from({ length: files }, (_, index) => `model-${index + 1}.bin`);
const server = await HubServer.start([
  {
    name: 'bench/model',
    commit: 'b'.repeat(40),
    files: Object.fromEntries(names.map((name) => [name, content])),
  },
]);
process.stdout.write(`${server.url}\n`);
