import { failure } from '../exit-codes.ts';
import { PINNED_SCANNER } from './pinned-scanner.ts';
import { runProgram, type RunOptions } from './run-program.ts';
import type { Scanner } from './scanner.ts';

/** The scanner's program on PATH; undefined without one. */
export async function findProgramScanner(options: RunOptions): Promise<Scanner | undefined> {
  const { name, version: pinned } = PINNED_SCANNER;
  const asked = await runProgram(name, ['version', '--output', 'json'], options);
  if (asked?.status !== 0) return undefined;
  const version = readVersion(asked.stdout);
  return {
    name,
    version,
    source: `${name} on PATH`,
    pinned: version === pinned,
    scan: async (image) => {
      const run = await runProgram(name, [image, '--output', 'json', '--quiet'], options);
      if (run?.status === 0) return run.stdout;
      throw scanFailed(image, run?.stderr ?? '');
    },
  };
}

/** @param output what the scanner wrote to its standard error */
export function scanFailed(image: string, output: string): Error {
  return failure('environment', {
    message: `${PINNED_SCANNER.name} could not scan ${image}`,
    details: output.trim().split('\n').slice(-10),
    hint: 'Check that the image exists and may be read, and that the database of vulnerabilities can be downloaded.',
  });
}

function readVersion(text: string): string {
  try {
    const { version } = JSON.parse(text) as { version?: unknown };
    return typeof version === 'string' ? version : 'unknown';
  } catch {
    return 'unknown';
  }
}
