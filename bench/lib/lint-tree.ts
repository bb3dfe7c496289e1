import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * Writes at least `count` profiles: the models of a catalogue with their metadata, again and again under other names.
 * Each profile differs from all others, so that nothing can be remembered from one file to the next. Returns how many.
 */
export function writeCatalogue(catalogue: string, root: string, count: number): number {
  const models = readdirSync(catalogue, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('metadata.yaml') && !name.startsWith('base/'))
    .map(dirname)
    .sort();
  let written = 0;
  for (let round = 0; written < count; round++) {
    for (const model of models) {
      if (written >= count) break;
      written += writeModel(join(catalogue, model), { model, root, round, start: written });
    }
  }
  return written;
}

function writeModel(
  source: string,
  target: { readonly model: string; readonly root: string; readonly round: number; readonly start: number },
): number {
  const id = `${target.model}-${target.round}`;
  const folder = join(target.root, id);
  mkdirSync(folder, { recursive: true });
  let profiles = 0;
  for (const name of readdirSync(source)) {
    const text = readFileSync(join(source, name), 'utf8')
      .replace(/^aim_id: .*$/m, `aim_id: ${id}`)
      .replace(/^( *canonicalName: ).*$/m, `$1${id}`);
    const seeded = text.replace(
      /^( {2})tensor-parallel-size:/m,
      `$1seed: ${target.start + profiles}\n$1tensor-parallel-size:`,
    );
    writeFileSync(join(folder, name), name === 'metadata.yaml' ? text : seeded);
    if (name !== 'metadata.yaml') profiles++;
  }
  return profiles;
}
