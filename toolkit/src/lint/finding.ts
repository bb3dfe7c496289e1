import type { TextPosition, YamlPath } from 'aim-runtime/profile';

/** From worst to mildest; `info` never fails a run. */
export const SEVERITIES = ['error', 'warning', 'info'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** One thing wrong in one place. `line` and `column` count from 1, the column in UTF-16 units. */
export interface Finding {
  readonly rule: string;
  readonly severity: Severity;
  /** Path as the user would write it: relative to the working folder where that is shorter. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** What is wrong. */
  readonly message: string;
  /** Why it matters. */
  readonly why: string;
  /** What to do about it. */
  readonly suggestion?: string;
  /** True when `--fix` repairs it. */
  readonly fixable: boolean;
}

/** A mechanical repair, told by keys so that it stays right while the text around it changes. */
export type Fix =
  /** Gives a key another name. */
  | { readonly kind: 'rename'; readonly path: YamlPath; readonly name: string }
  /** Takes an entry with a value on the same line away; a comment behind it stays. */
  | { readonly kind: 'delete'; readonly path: YamlPath }
  /** Turns `key: value` into the bare flag `name:`. */
  | { readonly kind: 'flag'; readonly path: YamlPath; readonly name: string }
  /** Writes another value, as YAML text. */
  | { readonly kind: 'value'; readonly path: YamlPath; readonly text: string }
  /** Puts the value into double quotes as it is written. */
  | { readonly kind: 'quote'; readonly path: YamlPath }
  /** Brings a profile into the formatter's form. */
  | { readonly kind: 'format' };

/** What a rule reports: the place by its keys, or by line and column where no key leads to it. */
export interface Problem {
  readonly message: string;
  readonly at: YamlPath | TextPosition;
  /** The key at the place, or its value. */
  readonly part?: 'key' | 'value';
  readonly suggestion?: string;
  /** Differs from the rule's own severity where a case is milder. */
  readonly severity?: Severity;
  readonly fix?: Fix;
}

/** A finding with its repair. */
export interface FixableFinding extends Omit<Finding, 'fixable'> {
  readonly fix: Fix | undefined;
}
