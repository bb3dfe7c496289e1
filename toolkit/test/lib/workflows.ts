import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { load } from 'js-yaml';
import { REPOSITORY } from './aimctl.ts';

export interface Step {
  readonly name?: string;
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
}
export interface Job {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly 'runs-on': string | readonly string[];
  readonly 'timeout-minutes'?: number;
  readonly if?: string;
  readonly needs?: string | readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
}
export interface Workflow {
  readonly file: string;
  readonly text: string;
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions?: object;
  readonly defaults?: object;
  readonly concurrency?: { readonly group?: string };
  readonly jobs: Readonly<Record<string, Job>>;
}

const FOLDER = join(REPOSITORY, '.github/workflows');

export const WORKFLOWS: readonly Workflow[] = readdirSync(FOLDER).map((file) => {
  const text = readFileSync(join(FOLDER, file), 'utf8');
  return { ...(load(text) as Omit<Workflow, 'file' | 'text'>), file, text };
});

/** All jobs as `file job` with their job. */
export const JOBS: readonly [string, Job, Workflow][] = WORKFLOWS.flatMap((workflow) =>
  Object.entries(workflow.jobs).map(([name, job]): [string, Job, Workflow] => [
    `${workflow.file} ${name}`,
    job,
    workflow,
  ]),
);

/**
 * What a condition comes to, `${{ … }}` around it or not: those that compare and combine mean the same as JavaScript.
 * @param contexts `github`, `needs`, … as far as the condition reads them
 */
export function evaluateCondition(condition: string, contexts: Readonly<Record<string, unknown>>): boolean {
  const expression = condition.replace(/^\$\{\{(.*)\}\}$/s, '$1');
  const startsWith = (text: string, beginning: string) => text.toLowerCase().startsWith(beginning.toLowerCase());
  return Boolean(runInNewContext(expression, { ...contexts, startsWith }));
}

/** Words of every command that calls aimctl; what the shell makes of them is up to it: `$X` stays as it is. */
export function aimctlCalls(): [string, string[]][] {
  return JOBS.flatMap(([name, { steps }]) =>
    steps.flatMap(({ run = '' }) =>
      run
        .replaceAll(/\\\n\s*/g, ' ')
        .split(/\n|&&|\|\||[|;]/)
        .map((command) => command.trim())
        .filter((command) => command.startsWith('npx aimctl '))
        .map((command): [string, string[]] => [name, splitWords(command).slice(2)]),
    ),
  );
}

function splitWords(command: string): string[] {
  const words = command.replace(/\s[0-9]?>{1,2}\s*\S+/g, '').match(/(?:"[^"]*"|'[^']*'|\S)+/g) ?? [];
  return words.map((word) => word.replaceAll(/^["']|["']$/g, ''));
}
