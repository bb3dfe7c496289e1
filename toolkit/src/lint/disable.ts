import { nearestNames } from 'aim-runtime/system';
import type { Rule } from './rule.ts';
import type { LintFile } from './lint-file.ts';
import type { FixableFinding, Problem } from './finding.ts';

/** A comment that turns a rule off. */
interface Directive {
  readonly rule: string;
  /** Line it is for; undefined for the whole file. */
  readonly target: number | undefined;
  readonly reason: string;
  readonly line: number;
  readonly column: number;
}

const MARK = 'aim-lint-disable';
const COMMENT = /(?:^|\s)(#\s*aim-lint-disable(-next-line|-file)?(?:\s+(.*?))?)(?:\s+--\s*(.*))?$/;

const never = (): readonly Problem[] => [];

/** The rules that the comments themselves can break; {@link applyDirectives} finds them. */
export const DISABLE_RULES = {
  reason: {
    id: 'disable-reason',
    severity: 'error',
    kinds: ['profile', 'model-metadata', 'base-metadata', 'recipe'],
    why: 'Whoever reads the file later must be able to judge whether the exception still holds.',
    check: never,
  },
  unused: {
    id: 'disable-unused',
    severity: 'warning',
    kinds: ['profile', 'model-metadata', 'base-metadata', 'recipe'],
    why: 'A comment that turns nothing off hides the next finding of its rule.',
    check: never,
  },
} as const satisfies Record<string, Rule>;

/** What is left of a file's findings, and what is wrong with the comments. */
export interface Applied {
  readonly findings: readonly FixableFinding[];
  readonly problems: readonly { readonly rule: Rule; readonly problem: Problem }[];
}

/** False when no comment of a file can turn a rule off; JSON has none. */
export function mayHaveDirectives({ kind, text }: LintFile): boolean {
  return kind !== 'schema' && text.includes(MARK);
}

/** Takes away what comments turn off. A comment without a reason or without a known rule turns nothing off. */
export function applyDirectives(
  file: LintFile,
  findings: readonly FixableFinding[],
  rules: { readonly all: readonly string[]; readonly active: ReadonlySet<string> },
): Applied {
  if (!mayHaveDirectives(file)) return { findings, problems: [] };
  const directives = readDirectives(file.text);
  const sound = directives.filter(({ rule, reason }) => reason !== '' && rules.all.includes(rule));
  const used = new Set<Directive>();
  const left = findings.filter((finding) => {
    const directive = sound.find(
      ({ rule, target }) => rule === finding.rule && (target === undefined || target === finding.line),
    );
    if (directive) used.add(directive);
    return directive === undefined;
  });
  const unused = sound.filter((directive) => rules.active.has(directive.rule) && !used.has(directive));
  return {
    findings: left,
    problems: [
      ...directives.filter((directive) => !sound.includes(directive)).map((each) => explain(each, rules.all)),
      ...unused.map((directive) => ({
        rule: DISABLE_RULES.unused,
        problem: { message: `${directive.rule} has no finding here`, at: directive, suggestion: 'Remove the comment.' },
      })),
    ],
  };
}

function explain(directive: Directive, all: readonly string[]): Applied['problems'][number] {
  const { rule } = directive;
  if (rule === '') {
    const suggestion = `Write # ${MARK} RULE -- reason.`;
    return { rule: DISABLE_RULES.reason, problem: { message: 'the comment names no rule', at: directive, suggestion } };
  }
  if (!all.includes(rule)) {
    const near = nearestNames(rule, all);
    const suggestion = near.length > 0 ? `Did you mean ${near.join(' or ')}?` : 'See aimctl lint --explain.';
    return { rule: DISABLE_RULES.unused, problem: { message: `there is no rule ${rule}`, at: directive, suggestion } };
  }
  const suggestion = `Write # ${MARK} ${rule} -- and why.`;
  return {
    rule: DISABLE_RULES.reason,
    problem: { message: `${rule} is turned off without a reason`, at: directive, suggestion },
  };
}

function readDirectives(text: string): Directive[] {
  return text.split(/\r\n|\r|\n/).flatMap((content, index) => {
    const match = content.includes(MARK) ? COMMENT.exec(content) : null;
    if (!match) return [];
    const [, comment = '', scope, names = '', reason = ''] = match;
    const line = index + 1;
    const target = scope === '-file' ? undefined : scope === '-next-line' ? line + 1 : line;
    const column = content.indexOf(comment) + 1;
    const rules = names.split(/[\s,]+/).filter((name) => name !== '' && name !== '--');
    return (rules.length === 0 ? [''] : rules).map((rule) => ({ rule, target, reason: reason.trim(), line, column }));
  });
}
