/** Longest wait that is spent turning around instead of sleeping, when a core may be spent on it. */
const TIMER_ERROR_MS = 1.2;

/** Calls `advance` when something is due. */
export interface Pacer {
  /** Something may be due earlier than before. */
  wake(): void;
  stop(): void;
}

export interface Paced {
  advance(): void;
  /** By `performance.now()`; undefined when there is nothing to do. */
  nextDueMs(): number | undefined;
}

/** @param spin hits the exact time at the price of a core while there is work; else timers may be a millisecond late */
export function createPacer(paced: Paced, spin: boolean): Pacer {
  let timer: NodeJS.Timeout | undefined;
  let immediate: NodeJS.Immediate | undefined;
  let stopped = false;
  const cancel = () => {
    clearTimeout(timer);
    clearImmediate(immediate);
    timer = immediate = undefined;
  };
  const turn = () => {
    timer = immediate = undefined;
    paced.advance();
    plan();
  };
  const plan = () => {
    const dueMs = paced.nextDueMs();
    if (dueMs === undefined || stopped || immediate !== undefined) return;
    const waitMs = dueMs - performance.now();
    clearTimeout(timer);
    timer = undefined;
    // A timer's time counts from the start of the loop's turn, and in whole milliseconds.
    if (waitMs <= 0 || (spin && waitMs <= TIMER_ERROR_MS + 1)) immediate = setImmediate(turn);
    else timer = setTimeout(turn, spin ? waitMs - TIMER_ERROR_MS : Math.ceil(waitMs));
  };
  return {
    wake: plan,
    stop: () => {
      stopped = true;
      cancel();
    },
  };
}
