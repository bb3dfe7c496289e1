import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import { messageOf } from 'aim-runtime/system';
import { failure } from '../../exit-codes.ts';
import validateResult from '../../generated/bench-result.js';
import { writeWholeFile } from '../../images/write-file.ts';
import type { ClientEvent } from '../client-protocol.ts';
import type { RequestRecord } from '../record.ts';
import type { BenchResult } from '../result.ts';

const RESULT_NAME = 'result.json';

/** A result and the folder that the files it names are in. */
export interface StoredResult {
  readonly folder: string;
  readonly result: BenchResult;
}

/**
 * Reads the result of a run: its folder, or the file itself.
 * @throws AimError usage when there is none, or the file is no result
 */
export function loadResult(path: string): StoredResult {
  const file = path.endsWith('.json') ? path : join(path, RESULT_NAME);
  if (!existsSync(file)) {
    throw failure('usage', {
      message: `there is no ${file}`,
      hint: 'Give the folder that aimctl bench wrote; a run that was interrupted is finished with --resume.',
    });
  }
  return { folder: resolve(file, '..'), result: parseResult(file) };
}

function parseResult(file: string): BenchResult {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw failure('usage', { message: `cannot read ${file}: ${messageOf(error)}`, cause: error });
  }
  if (validateResult(value)) return value as BenchResult;
  const details = (validateResult.errors ?? [])
    .slice(0, 5)
    .map(({ instancePath, message }) => `${instancePath || 'the file'} ${message ?? 'is not right'}`);
  throw failure('usage', {
    message: `${file} is no result of aimctl bench`,
    hint: 'It must be as schemas/bench-result.schema.json says.',
    details,
  });
}

/** Writes `result.json`. @throws AimError disk */
export async function writeResult(folder: string, result: BenchResult, signal: AbortSignal): Promise<string> {
  const file = join(folder, RESULT_NAME);
  await writeWholeFile(file, [Buffer.from(`${JSON.stringify(result, undefined, 2)}\n`)], { signal });
  return file;
}

/** All requests of a repeat. @throws AimError usage when the file is not there or damaged */
export async function loadRecords(folder: string, recordsFile: string): Promise<readonly RequestRecord[]> {
  const records: RequestRecord[] = [];
  for await (const value of readLines(folder, recordsFile)) records.push(value as RequestRecord);
  return records;
}

/** All samples of a repeat; none where the file is not there, because a report can do without. */
export async function loadSamples(folder: string, samplesFile: string): Promise<readonly ClientEvent[]> {
  if (!existsSync(placeOf(folder, samplesFile))) return [];
  const samples: ClientEvent[] = [];
  for await (const value of readLines(folder, samplesFile)) samples.push(value as ClientEvent);
  return samples;
}

async function* readLines(folder: string, name: string): AsyncGenerator {
  const file = placeOf(folder, name);
  const source = createReadStream(file);
  const unpacked = createGunzip();
  source.on('error', (error) => unpacked.destroy(error));
  try {
    for await (const line of createInterface({ input: source.pipe(unpacked), crlfDelay: Infinity })) {
      if (line !== '') yield JSON.parse(line);
    }
  } catch (error) {
    throw failure('usage', {
      message: `cannot read ${file}: ${messageOf(error)}`,
      hint: 'The folder of a run must stay as it was written; measure the point again with --resume.',
      cause: error,
    });
  }
}

/** A result may come from others: what it names must lie in its folder. */
function placeOf(folder: string, name: string): string {
  const file = resolve(folder, name);
  const below = relative(folder, file);
  if (below !== '' && !below.startsWith('..') && resolve(folder, below) === file) return file;
  throw failure('usage', {
    message: `the result names ${name}, which is outside of ${folder}`,
    hint: 'Trust no result that reaches for other files.',
  });
}
