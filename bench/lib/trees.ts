import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const MODEL = 'meta-llama/Llama-3.1-8B-Instruct';

/** Profiles as the model image holds them. */
export function writeImageProfiles(catalogue: string, root: string): void {
  for (const layer of ['general', MODEL]) {
    cpSync(join(catalogue, layer), join(root, layer), {
      recursive: true,
      filter: (path) => !path.endsWith('metadata.yaml'),
    });
  }
  mkdirSync(join(root, 'custom'));
}

/** Adds profiles of other models, 20 to a folder. */
export function writeForeignProfiles(root: string, count: number): void {
  const text = sampleProfile(root);
  for (let index = 0; index < count; index++) {
    const id = `org${index % 50}/model-${Math.floor(index / 20)}`;
    mkdirSync(join(root, id), { recursive: true });
    writeFileSync(join(root, id, `p${index}.yaml`), text.replaceAll(MODEL, id));
  }
}

/** Adds profiles to the custom layer, every one of which is read and held against the request. */
export function writeCustomProfiles(root: string, count: number): void {
  const text = sampleProfile(root);
  for (let index = 0; index < count; index++) {
    const folder = join(root, 'custom', `team-${index % 100}`);
    mkdirSync(folder, { recursive: true });
    const seeded = text.replace('engine_args:\n', `engine_args:\n  seed: ${index}\n`);
    writeFileSync(join(folder, `p${index}.yaml`), seeded);
  }
}

function sampleProfile(root: string): string {
  const folder = join(root, MODEL);
  const name = readdirSync(folder).find((each) => each.includes('mi300x-fp8-tp1-latency')) ?? '';
  return readFileSync(join(folder, name), 'utf8');
}
