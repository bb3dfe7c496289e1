import { AimError, type ErrorParts } from 'aim-runtime/system';

/** Failure classes of aimctl and the exit status each one ends with. */
export const EXIT_CODES = {
  internal: 1,
  usage: 2,
  'check-failed': 3,
  environment: 4,
  remote: 5,
  /** No room or no right to write a result. */
  disk: 5,
  interrupted: 130,
} as const;

export type ToolkitErrorCode = keyof typeof EXIT_CODES;

/** An {@link AimError} whose code has an exit status in {@link EXIT_CODES}. */
export function failure(code: ToolkitErrorCode, parts: ErrorParts): AimError<ToolkitErrorCode> {
  return new AimError(code, parts);
}

/** Narrows the code of any thrown AimError to the ones of this program. */
export function isToolkitErrorCode(code: string): code is ToolkitErrorCode {
  return Object.hasOwn(EXIT_CODES, code);
}
