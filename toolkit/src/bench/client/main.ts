import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import type { ThreadSetup } from './messages.ts';

// Loaded when needed: a sending thread starts without what only the main thread uses.
if (isMainThread) {
  const { runProcess } = await import('./process.ts');
  await runProcess(new URL(import.meta.url));
} else if (parentPort !== null) {
  const { runThread } = await import('./thread.ts');
  runThread(workerData as ThreadSetup, parentPort);
}
