/** Whether to guess before asking for all there is, learned from how earlier guesses went. */
export interface Probing {
  /** True when guessing is worth a request. The first one to ask is waited for by all others. */
  ask(): Promise<boolean>;
  /** What a guess led to: a request saved, one lost, or neither. To be told for every guess. */
  tell(outcome: 'gain' | 'even' | 'loss'): void;
}

/** Guesses go on as long as they have saved as much as they have cost. */
export function createProbing(isWanted: boolean): Probing {
  let saved = 0;
  let tellFirst: () => void = () => undefined;
  let first: Promise<void> | undefined;
  return {
    ask: async () => {
      if (!isWanted) return false;
      if (first === undefined) {
        first = new Promise((resolve) => (tellFirst = resolve));
        return true;
      }
      await first;
      return saved >= 0;
    },
    tell: (outcome) => {
      saved += { gain: 1, even: 0, loss: -1 }[outcome];
      tellFirst();
    },
  };
}
