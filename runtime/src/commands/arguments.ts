import { parseArgs, type ParseArgsConfig } from 'node:util';
import type { RuntimeErrorCode } from '../exit-codes.ts';
import { AimError, messageOf } from '../system/errors.ts';
import { nearest } from '../system/nearest.ts';

/** A flag that takes one of a few words, or is just there. */
export type FlagSpec =
  | { readonly type: 'boolean'; readonly short?: string }
  | { readonly type: 'string'; readonly allowed?: readonly string[] }
  /** May be given several times. */
  | { readonly type: 'list' };

export interface ParsedArguments {
  readonly flags: Readonly<Record<string, string | boolean | undefined>>;
  /** Flags of type `list`; those not given are missing. */
  readonly lists: Readonly<Record<string, readonly string[]>>;
  readonly positionals: readonly string[];
}

/** Reads a sub-command's arguments; throws AimError `config` for unknown flags and values outside their set. */
export function parseArguments(
  args: readonly string[],
  flags: Readonly<Record<string, FlagSpec>>,
  positionals: 'none' | 'files' = 'none',
): ParsedArguments {
  const options = Object.fromEntries(Object.entries(flags).map(([name, spec]) => [name, optionOf(spec)]));
  const parsed = parse({ args: [...args], options, allowPositionals: positionals === 'files', strict: true });
  for (const [name, value] of Object.entries(parsed.flags)) {
    const spec = flags[name];
    if (spec?.type !== 'string' || !spec.allowed || typeof value !== 'string' || spec.allowed.includes(value)) continue;
    const meant = nearest(value, spec.allowed);
    throw usage(
      `--${name} ${value} is not one of ${spec.allowed.join(', ')}`,
      meant === undefined ? undefined : `Did you mean ${meant}?`,
    );
  }
  return parsed;
}

function optionOf(spec: FlagSpec): NonNullable<ParseArgsConfig['options']>[string] {
  if (spec.type === 'list') return { type: 'string', multiple: true };
  if (spec.type === 'string' || spec.short === undefined) return { type: spec.type };
  return { type: spec.type, short: spec.short };
}

function parse(config: ParseArgsConfig): ParsedArguments {
  try {
    const { values, positionals } = parseArgs(config);
    const isList = (entry: [string, unknown]): entry is [string, string[]] => Array.isArray(entry[1]);
    const lists = Object.fromEntries(Object.entries(values).filter(isList));
    const single = Object.fromEntries(Object.entries(values).filter((entry) => !isList(entry)));
    return { flags: single as ParsedArguments['flags'], lists, positionals };
  } catch (error) {
    const unknown = /Unknown option '--([^']*)'/.exec(messageOf(error))?.[1];
    const meant = unknown === undefined ? undefined : nearest(unknown, Object.keys(config.options ?? {}));
    throw usage(
      firstSentence(messageOf(error)),
      meant === undefined ? 'aim-runtime --help lists what there is.' : `Did you mean --${meant}?`,
    );
  }
}

/** A mistake in the command line. */
export function usage(message: string, hint?: string): AimError<RuntimeErrorCode> {
  return new AimError('config', hint === undefined ? { message } : { message, hint });
}

function firstSentence(message: string): string {
  return message.split('. ')[0] ?? message;
}
