/**
 * The process beside a server in a pod: runs the load client with the request of its folder, and writes what that tells
 * as frames. Its only argument is the folder with `request.json` and `client.mjs`. Its exit status is that of the client.
 */
import { runInPod } from './run.ts';

process.exitCode = await runInPod({
  folder: process.argv[2] ?? '.',
  node: process.execPath,
  write: (line) => process.stdout.write(line),
  onSignal: (end) => process.on('SIGTERM', end),
});
