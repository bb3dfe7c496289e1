import { setFlagsFromString } from 'node:v8';
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import type { ThreadSetup } from './messages.ts';

const INITIAL_HEAP_MB = 512;

// Loaded when needed: a sending thread starts without what only the main thread uses.
if (isMainThread) {
  // Of this process and its threads: marking a heap takes the core away for 20 ms, and most points end before this much.
  setFlagsFromString(`--initial-old-space-size=${INITIAL_HEAP_MB}`);
  const { runProcess } = await import('./process.ts');
  await runProcess(new URL(import.meta.url));
} else if (parentPort !== null) {
  const { runThread } = await import('./thread.ts');
  runThread(workerData as ThreadSetup, parentPort);
}
