import { isDeepStrictEqual } from 'node:util';
import { parseYaml } from 'aim-runtime/profile';
import { keyComparator, sharedSettings } from './key-order.ts';
import { shiftLines, splitBlocks, type Block } from './yaml-blocks.ts';

const INDENT = 2;
const ENV_VALUE = /^(\s*[^\s#"'][^#"']*?:\s+)([^\s"'|>{[&*!?%@`#][^#]*?|'(?:[^']|'')*')(\s+#.*)?$/;
const NO_VALUE = /^(?:null|~)$/i;

/**
 * A profile's text in its one form: keys in fixed order, two spaces of indentation, quoted values of environment
 * variables, no trailing spaces. Comments stay with the key below them, and those at the top of the file stay there.
 * Engine arguments of which the last counts, such as `x` and `no-x`, keep their order.
 * Text that is no block mapping, or that would not mean the same afterwards, comes back unchanged.
 */
export function formatProfile(text: string): string {
  const before = parseYaml(text);
  if (!before.ok) return text;
  const formatted = formatText(text);
  const after = parseYaml(formatted);
  return after.ok && sameMeaning(before.value, after.value) ? formatted : text;
}

function formatText(text: string): string {
  const lines = text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .map((line) => line.trimEnd());
  const headLength = headerLength(lines);
  const body = formatMapping(lines.slice(headLength), [], 0);
  const all = squeezeBlankLines([...lines.slice(0, headLength), ...body]);
  return `${all.join('\n')}\n`;
}

/**
 * How many lines at the top belong to the file, not to its first key: comments up to the last blank line, or all of
 * them when there is none, and what comes before a document marker.
 */
export function headerLength(lines: readonly string[]): number {
  const marker = lines.findIndex((line) => /^---(?:\s|$)/.test(line));
  const start = marker < 0 ? 0 : marker + 1;
  const rest = lines.slice(start);
  const leading = rest.findIndex((line) => line !== '' && !line.startsWith('#'));
  const comments = rest.slice(0, Math.max(0, leading));
  const lastBlank = comments.lastIndexOf('');
  const hasText = comments.slice(0, Math.max(0, lastBlank)).some((line) => line !== '');
  return start + (hasText ? lastBlank + 1 : comments.length);
}

function formatMapping(lines: readonly string[], path: readonly string[], indent: number): string[] {
  const blocks = splitBlocks(lines);
  if (!blocks) return [...lines];
  const compare = keyComparator(
    path,
    blocks.entries.map(({ key }) => key),
  );
  const entries = compare ? [...blocks.entries].sort((a, b) => compare(a.key, b.key)) : blocks.entries;
  const formatted = entries.flatMap((entry, index) => {
    const above = index === 0 ? dropLeadingBlanks(entry.above) : entry.above;
    return [...reindent(above, indent), ...formatEntry(entry, path, { from: blocks.indent, to: indent })];
  });
  return [...formatted, ...reindent(blocks.below, indent)];
}

function formatEntry(
  { key, lines }: Block,
  path: readonly string[],
  column: { readonly from: number; readonly to: number },
): string[] {
  const [head = '', ...value] = lines;
  const [line = ''] = shiftLines([head], column.from, column.to);
  if (path.length === 0 && ['metadata', 'engine_args', 'env_vars'].includes(key) && splitBlocks(value)) {
    return [line, ...formatMapping(value, [...path, key], column.to + INDENT)];
  }
  const shifted = shiftLines(value, column.from, column.to);
  return [path[0] === 'env_vars' ? quoteValue(line) : line, ...shifted];
}

/** Environment variables are text; without quotation marks YAML would read `1` as a number and `on` as true. */
function quoteValue(line: string): string {
  const [, key, value, comment = ''] = ENV_VALUE.exec(line) ?? [];
  if (key === undefined || value === undefined || NO_VALUE.test(value)) return line;
  const content = value.startsWith("'") ? value.slice(1, -1).replaceAll("''", "'") : value;
  return `${key}${JSON.stringify(content)}${comment}`;
}

function reindent(comments: readonly string[], indent: number): string[] {
  return comments.map((line) => (line.trim() === '' ? '' : ' '.repeat(indent) + line.trimStart()));
}

function dropLeadingBlanks(lines: readonly string[]): readonly string[] {
  const first = lines.findIndex((line) => line.trim() !== '');
  return first < 0 ? [] : lines.slice(first);
}

function squeezeBlankLines(lines: readonly string[]): string[] {
  const squeezed = lines.filter((line, index) => line !== '' || (index > 0 && lines[index - 1] !== ''));
  while (squeezed.at(-1) === '') squeezed.pop();
  return squeezed;
}

/** Equal but for the type of environment variables, which quotation marks make text, and the order of most keys. */
function sameMeaning(before: unknown, after: unknown): boolean {
  return (
    isDeepStrictEqual(withTextVariables(before), withTextVariables(after)) &&
    isDeepStrictEqual(decidingOrder(before), decidingOrder(after))
  );
}

/** Engine arguments whose order decides what the engine does. */
function decidingOrder(value: unknown): string[][] {
  const args = typeof value === 'object' && value !== null && 'engine_args' in value ? value.engine_args : undefined;
  return typeof args === 'object' && args !== null ? sharedSettings(Object.keys(args)).sort() : [];
}

function withTextVariables(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('env_vars' in value)) return value;
  const { env_vars: variables } = value;
  if (typeof variables !== 'object' || variables === null || Array.isArray(variables)) return value;
  const names = Object.entries(variables).map(([name, content]): [string, unknown] => [
    name,
    typeof content === 'object' ? content : 'text',
  ]);
  return { ...value, env_vars: Object.fromEntries(names) };
}
