import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const repository = join(import.meta.dirname, '../../..');
const page = readFileSync(join(repository, 'ARCHITECTURE.md'), 'utf8');

it.each(['runtime', 'toolkit'])('ARCHITECTURE.md names every source folder of %s', (workspace) => {
  const section = page.split(`## ${workspace}/src`)[1]?.split('\n## ')[0] ?? '';
  const folders = readdirSync(join(repository, workspace, 'src'), { withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  );
  const missing = folders.map(({ name }) => name).filter((name) => !section.includes(`\`${name}/\``));
  expect(missing).toEqual([]);
});
