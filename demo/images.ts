import { join } from 'node:path';
import { AimError } from '../runtime/src/system/errors.ts';
import { runQuietly, runShown } from './command.ts';

/** Tag of the demo's images: it keeps them apart from those a user builds. */
export const DEMO_TAG = 'demo';

/** Runs aimctl from this checkout with `--json` and returns the reference of the image it built. */
export async function buildWithAimctl(root: string, args: readonly string[]): Promise<string> {
  const program = join(root, 'toolkit/bin/aimctl.js');
  const shown = `npx aimctl ${args.join(' ')} --json`;
  const result = await runShown(shown, process.execPath, [program, ...args, '--json']);
  return parseReference(result);
}

/** Takes an image's name away; its layers go when nothing else uses them. */
export async function removeImage(reference: string): Promise<void> {
  await runQuietly('docker', ['rmi', reference]);
}

/** First image reference in the result of a build command: `reference` of the object or of its first image. */
export function parseReference(result: string): string {
  const found = findReference(parseJson(result));
  if (found !== undefined) return found;
  throw new AimError('step', {
    message: 'aimctl printed no image reference',
    details: result.trimEnd().split('\n').slice(0, 20),
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function findReference(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if ('reference' in value && typeof value.reference === 'string') return value.reference;
  for (const inner of Object.values(value)) {
    const found = findReference(inner);
    if (found !== undefined) return found;
  }
  return undefined;
}
