import { existsSync } from 'node:fs';
import { dirname, matchesGlob, relative } from 'node:path';
import { ENGINES } from 'aim-runtime/profile';
import { redactShapes } from 'aim-runtime/system';
import { writeDocuments } from '../documents/write.ts';
import { applyFixes, findEffective } from './apply-fixes.ts';
import { createContext, type LintContext } from './context.ts';
import type { LintConfig } from './config.ts';
import { applyDirectives, mayHaveDirectives } from './disable.ts';
import type { EngineVersion } from './engine-versions.ts';
import { loadFacts } from './facts.ts';
import { classify, createRootFinder, FILE_KINDS, type FileKind } from './file-kinds.ts';
import { findLintFiles } from './find-files.ts';
import { SEVERITIES, type Finding, type Fix, type FixableFinding, type Problem, type Severity } from './finding.ts';
import { createFileReader, loadText, placeOf, type LintFile } from './lint-file.ts';
import type { Rule } from './rule.ts';
import { RULES } from './rules/index.ts';

/** Rounds of repairs: one may make another possible, such as a rename that puts a key out of order. */
const MOST_ROUNDS = 10;
/** Findings of one rule in one file. */
const MOST_PER_RULE = 100;

/** What is to be checked, and how. */
export interface LintRequest {
  /** Files and folders. */
  readonly paths: readonly string[];
  /** Absolute folder that relative paths start from. */
  readonly cwd: string;
  readonly config: LintConfig;
  readonly version: EngineVersion;
  /** Ids of the only rules to run; empty for all. */
  readonly only: readonly string[];
  /** Whether to write repaired files. */
  readonly fix: boolean;
}

/** Result of a run. */
export interface LintReport {
  readonly findings: readonly Finding[];
  readonly summary: {
    readonly files: number;
    readonly errors: number;
    readonly warnings: number;
    readonly infos: number;
    /** Files that were repaired. */
    readonly fixed: number;
  };
}

/**
 * Checks files, and repairs them when asked to.
 * @throws AimError usage for a path that does not exist, environment when a repaired file cannot be written
 */
export async function lintPaths(request: LintRequest): Promise<LintReport> {
  let run = await checkOnce(request);
  const fixed = new Set<string>();
  for (let round = 0; request.fix && round < MOST_ROUNDS; round++) {
    const changed = writeFixes(run);
    if (changed.length === 0) break;
    for (const path of changed) fixed.add(path);
    run = await checkOnce(request);
  }
  const findings = run.results.flatMap(toPlainFindings);
  const [errors, warnings, infos] = SEVERITIES.map(
    (name) => findings.filter(({ severity }) => severity === name).length,
  );
  return {
    findings,
    summary: {
      files: run.results.length,
      errors: errors ?? 0,
      warnings: warnings ?? 0,
      infos: infos ?? 0,
      fixed: fixed.size,
    },
  };
}

interface FileResult {
  readonly file: LintFile;
  readonly findings: readonly FixableFinding[];
}

async function checkOnce({ paths, cwd, config, version, only }: LintRequest): Promise<{ results: FileResult[] }> {
  const rootOf = createRootFinder();
  const files = findLintFiles(paths, { cwd, rootOf }).filter((path) => !isIgnored(path, config));
  const open = createOpener({ cwd, rootOf });
  const targets = files.map(open);
  const engines = ENGINES.filter(
    (engine) => engine === 'vllm' || targets.some(({ profile }) => profile?.engine === engine),
  );
  const facts = await loadFacts(version, engines);
  const context = createContext({ facts, open, exists: existsSync });
  const selected = selectRules(config, only);
  const results = targets.map((file) => ({ file, findings: checkFile(file, context, selected) }));
  return { results };
}

/** Opens each file once. */
function createOpener({ cwd, rootOf }: { cwd: string; rootOf: (folder: string) => string | undefined }) {
  const read = createFileReader();
  const known = new Map<string, LintFile>();
  return (path: string): LintFile => {
    const before = known.get(path);
    if (before) return before;
    const content = loadText(path);
    const place = classify(path, rootOf(dirname(path)), 'text' in content ? content.text : '');
    const shown = path.startsWith(`${cwd}/`) ? path.slice(cwd.length + 1) : path;
    const file = read({ ...place, path, shown, content });
    known.set(path, file);
    return file;
  };
}

function isIgnored(path: string, { file, ignore }: LintConfig): boolean {
  if (file === undefined || ignore.length === 0) return false;
  const name = relative(dirname(file), path);
  return ignore.some((glob) => matchesGlob(name, glob));
}

/** The rules that run, with the severities that replace their own. */
export interface RuleSelection {
  readonly rules: readonly Rule[];
  readonly levels: LintConfig['levels'];
  /** Findings that are milder are left out. */
  readonly minimum: Severity;
  readonly active: ReadonlySet<string>;
  readonly byKind: ReadonlyMap<FileKind, readonly Rule[]>;
}

/** Rules that are not turned off, or the named ones only. */
export function selectRules(
  { levels, minimum }: Pick<LintConfig, 'levels' | 'minimum'>,
  only: readonly string[],
): RuleSelection {
  const rules = RULES.filter(({ id }) => (only.length === 0 ? levels.get(id) !== 'off' : only.includes(id)));
  const byKind = new Map(FILE_KINDS.map((kind) => [kind, rules.filter(({ kinds }) => kinds.includes(kind))]));
  return { rules, levels, minimum, active: new Set(rules.map(({ id }) => id)), byKind };
}

/** Values that a message quotes may hold credentials. */
const ALL_IDS = RULES.map(({ id }) => id);

/** All findings of one file, in the order of its text, without those that comments turn off. */
export function checkFile(file: LintFile, context: LintContext, selection: RuleSelection): readonly FixableFinding[] {
  const toFinding = (rule: Rule, problem: Problem): FixableFinding => {
    const { line, column } = placeOf(file, problem);
    return {
      rule: rule.id,
      severity: severityOf(rule, problem, selection),
      file: file.shown,
      line,
      column,
      message: redactShapes(problem.message),
      why: rule.why,
      ...(problem.suggestion === undefined ? {} : { suggestion: problem.suggestion }),
      fix: problem.fix,
    };
  };
  const least = SEVERITIES.indexOf(selection.minimum);
  const isShown = ({ severity }: { readonly severity: Severity }): boolean => SEVERITIES.indexOf(severity) <= least;
  const found: FixableFinding[] = [];
  for (const rule of selection.byKind.get(file.kind) ?? []) {
    const problems = rule.check(file, context);
    // Most rules have nothing to say to most files.
    if (problems.length === 0) continue;
    // Looking a place up costs more than the check, so it is left out where nothing depends on the finding.
    const counts = (problem: Problem): boolean =>
      mayHaveDirectives(file) || isShown({ severity: severityOf(rule, problem, selection) });
    found.push(...atMost(problems.filter(counts)).map((problem) => toFinding(rule, problem)));
  }
  const { findings, problems } = applyDirectives(file, found, { all: ALL_IDS, active: selection.active });
  const own = problems
    .filter(({ rule }) => selection.active.has(rule.id))
    .map(({ rule, problem }) => toFinding(rule, problem));
  return [...findings, ...own]
    .filter(isShown)
    .sort((a, b) => a.line - b.line || a.column - b.column || (a.rule < b.rule ? -1 : 1));
}

function severityOf(rule: Rule, problem: Problem, { levels }: RuleSelection): Severity {
  const level = levels.get(rule.id);
  return level === undefined || level === 'off' ? (problem.severity ?? rule.severity) : level;
}

/** A file that breaks one rule everywhere is most likely no file of its kind; the first findings say so. */
function atMost(problems: readonly Problem[]): readonly Problem[] {
  const [next] = problems.slice(MOST_PER_RULE);
  if (next === undefined) return problems;
  const message = `${problems.length - MOST_PER_RULE} more findings of this rule, from here on`;
  return [...problems.slice(0, MOST_PER_RULE), { message, at: next.at }];
}

/** Writes what can be repaired; returns the paths of the files that changed. */
function writeFixes({ results }: { results: readonly FileResult[] }): string[] {
  return results.flatMap(({ file, findings }) => {
    const text = applyFixes(file.text, fixesOf(findings));
    if (text === file.text) return [];
    writeDocuments([{ path: file.path, text }], { force: true });
    return [file.path];
  });
}

/** A repair counts as one only when it changes the text: some cannot be placed, or would make it mean something else. */
function toPlainFindings({ file, findings }: FileResult): Finding[] {
  const effective = findEffective(file.text, fixesOf(findings));
  return findings.map(({ fix, ...rest }) => ({ ...rest, fixable: fix !== undefined && effective.has(fix) }));
}

function fixesOf(findings: readonly FixableFinding[]): Fix[] {
  return findings.map(({ fix }) => fix).filter((fix) => fix !== undefined);
}
