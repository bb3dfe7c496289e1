/** What an {@link AimError} carries besides its code. */
export interface ErrorParts {
  /** What failed and why, one sentence, with the offending value. */
  readonly message: string;
  /** What to do next. */
  readonly hint?: string;
  /** Further lines for a person, for example one per rejected profile. */
  readonly details?: readonly string[];
  readonly cause?: unknown;
}

/**
 * The one error class of this project. `code` is a closed union of the program that throws it;
 * the program's exit-code table turns it into an exit status.
 */
export class AimError<Code extends string = string> extends Error {
  readonly code: Code;
  readonly hint: string | undefined;
  readonly details: readonly string[];

  /** Parts of the executable that are loaded on demand have a class of their own; `instanceof` takes it for this one. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return Error[Symbol.hasInstance](value) && (value as Error).name === 'AimError';
  }

  constructor(code: Code, parts: ErrorParts) {
    super(parts.message, parts.cause === undefined ? undefined : { cause: parts.cause });
    this.name = 'AimError';
    this.code = code;
    this.hint = parts.hint;
    this.details = parts.details ?? [];
  }
}

/** Message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** `code` of a Node.js system error such as ENOENT, else undefined. */
export function systemCode(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || !('code' in thrown)) return undefined;
  return typeof thrown.code === 'string' ? thrown.code : undefined;
}
