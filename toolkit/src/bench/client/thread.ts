import type { MessagePort } from 'node:worker_threads';
import { HttpSender } from './http-sender.ts';
import { Lane } from './lane.ts';
import { LoopWatch } from './loop-watch.ts';
import type { Answering, Order, ThreadSetup } from './messages.ts';

/** Body of a sending thread: follows orders until its records have been collected. */
export function runThread(setup: ThreadSetup, port: MessagePort): void {
  const watch = new LoopWatch(setup.zeroMonotonicMs);
  const sender = new HttpSender({ ...setup, stamp: watch });
  const tell = (message: Answering) => {
    port.postMessage(message);
  };
  const lane = new Lane({
    setup,
    sender,
    watch,
    onNeed: (count) => tell({ type: 'need', count }),
    onPhaseDone: () => tell({ type: 'phase-done' }),
  });
  const collect = async () => {
    const health = watch.end();
    await sender.close();
    const { lastEndMs } = lane.log;
    for (const lines of lane.log.takeLines()) tell({ type: 'lines', lines });
    tell({ type: 'collected', lastEndMs, health });
    port.close();
  };
  port.on('message', (order: Order) => {
    watch.enter();
    if (order.type === 'phase') {
      if (order.phase.name === 'measured') watch.begin();
      lane.begin(order.phase);
    } else if (order.type === 'tasks') lane.add(order.tasks, order.last);
    else void collect();
  });
  tell({ type: 'ready' });
}
