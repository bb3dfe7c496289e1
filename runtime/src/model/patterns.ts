import type { RuntimeErrorCode } from '../exit-codes.ts';
import { AimError } from '../system/errors.ts';

/** Which files of a model to take. Patterns are those of a shell, where `*` also matches `/`. */
export interface FileChoice {
  /** Nothing but these; all files when empty. */
  readonly include: readonly string[];
  /** None of these. */
  readonly exclude: readonly string[];
}

export const EVERYTHING_NEEDED: FileChoice = { include: [], exclude: [] };

/** Second copies of the weights in other formats, and a repository's own bookkeeping; safetensors make them useless. */
const DUPLICATES = [
  'original/*',
  'metal/*',
  'onnx/*',
  'openvino/*',
  '*.pth',
  '*.gguf',
  '*.onnx',
  '*.msgpack',
  '*.h5',
  'pytorch_model*.bin*',
];
const NEVER = ['.cache/*', '.aim/*'];

/**
 * The files to download, in the order given. Without `include` the copies of weights that are there as safetensors
 * already are left out; what `include` names is taken whatever it is.
 */
export function selectFiles<F extends { readonly path: string }>(files: readonly F[], choice: FileChoice): F[] {
  const hasSafetensors = files.some(({ path }) => !path.includes('/') && path.endsWith('.safetensors'));
  const include = choice.include.length === 0 ? undefined : matcher(choice.include);
  const exclude = matcher([
    ...NEVER,
    ...choice.exclude,
    ...(include === undefined && hasSafetensors ? DUPLICATES : []),
  ]);
  return files.filter(({ path }) => !exclude(path) && (include?.(path) ?? true));
}

/** Throws AimError `config` for a pattern that cannot be read. */
export function requirePatterns({ include, exclude }: FileChoice): void {
  for (const pattern of [...include, ...exclude]) toExpression(pattern);
}

function matcher(patterns: readonly string[]): (path: string) => boolean {
  const expressions = patterns.map(toExpression);
  return (path) => expressions.some((expression) => expression.test(path));
}

/** `*`, `?` and `[abc]`, as the hub's own tools read them; a folder's name followed by `/` means all of it. */
function toExpression(pattern: string): RegExp {
  const whole = pattern.endsWith('/') ? `${pattern}*` : pattern;
  const body = whole.replace(/\[(!?)([^\]]+)\]|[\s\S]/g, (token, negated: string, set: string | undefined) => {
    if (set !== undefined) return `[${negated === '!' ? '^' : ''}${set.replace(/[\\^]/g, '\\$&')}]`;
    if (token === '*') return '[\\s\\S]*';
    if (token === '?') return '[\\s\\S]';
    return token.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
  });
  try {
    return new RegExp(`^${body}$`);
  } catch {
    throw new AimError<RuntimeErrorCode>('config', {
      message: `${JSON.stringify(pattern)} is no pattern: a range of it runs backwards`,
      hint: 'Write ranges in order, as in [a-z]*; * and ? stand for any characters.',
    });
  }
}
