/**
 * Failure classes of aim-runtime and the exit status each one ends with.
 * Signals end with 128 + the signal's number.
 */
export const EXIT_CODES = {
  internal: 1,
  config: 2,
  hardware: 3,
  'no-profile': 4,
  cache: 5,
  network: 6,
  auth: 7,
  'engine-start': 8,
} as const;

export type RuntimeErrorCode = keyof typeof EXIT_CODES;
