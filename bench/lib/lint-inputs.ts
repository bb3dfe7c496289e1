import { createContext } from '../../toolkit/src/lint/context.ts';
import { PINNED_VERSION } from '../../toolkit/src/lint/engine-versions.ts';
import { loadFacts } from '../../toolkit/src/lint/facts.ts';
import type { FileKind } from '../../toolkit/src/lint/file-kinds.ts';
import { applyFixes } from '../../toolkit/src/lint/apply-fixes.ts';
import { createFileReader, type LintFile } from '../../toolkit/src/lint/lint-file.ts';
import { checkFile, selectRules } from '../../toolkit/src/lint/run.ts';

/** What the checks made of one text. */
export interface Checked {
  readonly findings: number;
  /** Findings whose line or column is outside the text. */
  readonly misplaced: readonly string[];
  readonly elapsedMs: number;
}

/** Checks and repairs texts in memory, as files of a model's folder; throws what the rules throw. */
export async function createTextChecker(): Promise<(text: string, kind: FileKind) => Checked> {
  const facts = await loadFacts(PINNED_VERSION, ['vllm', 'sglang']);
  const read = createFileReader();
  const selection = selectRules({ levels: new Map(), minimum: 'info' }, []);
  return (text, kind) => {
    const path = `/profiles/Qwen/Qwen3-32B/vllm-mi300x-fp16-tp1-latency.${kind === 'schema' ? 'json' : 'yaml'}`;
    const place = {
      root: '/profiles',
      layer: kind === 'profile' ? ('model' as const) : undefined,
      model: 'Qwen/Qwen3-32B',
    };
    const open = (): LintFile => read({ kind, ...place, path, shown: path, content: { text } });
    const context = createContext({ facts, open, exists: () => false });
    const start = performance.now();
    const findings = checkFile(open(), context, selection);
    applyFixes(
      text,
      findings.map(({ fix }) => fix).filter((fix) => fix !== undefined),
    );
    const elapsedMs = performance.now() - start;
    const misplaced = findings
      // A lone carriage return ends a line in YAML and none in JSON.
      .filter((place) => ![/\r\n|\r|\n/, /\n/].some((lineEnd) => isInside(place, text.split(lineEnd))))
      .map(({ rule, line, column }) => `${rule} at ${line}:${column}`);
    return { findings: findings.length, misplaced, elapsedMs };
  };
}

/** The place behind the last character of a line, or of the text, is still one. */
function isInside(
  { line, column }: { readonly line: number; readonly column: number },
  lines: readonly string[],
): boolean {
  return line >= 1 && line <= lines.length + 1 && column >= 1 && column <= (lines[line - 1]?.length ?? 0) + 2;
}
