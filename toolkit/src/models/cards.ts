import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { countParameters, parseModelConfig, totalParameters } from 'aim-runtime/estimate';
import { messageOf } from 'aim-runtime/system';
import { writeDocuments } from '../documents/write.ts';
import type { HubSettings } from '../estimate/model-sources.ts';
import { fetchHubFile, type HubAnswer } from './hub-file.ts';

/** What became of a model's card. */
export interface CardOutcome {
  readonly id: string;
  /**
   * `fetched`: new or changed. `unchanged`: the hub has the same. `kept`: the hub gave nothing, the old one stays.
   * `missing`: there is neither.
   */
  readonly outcome: 'fetched' | 'unchanged' | 'kept' | 'missing';
  /** Folder with README.md, config.json and card.json; null when there is none. */
  readonly folder: string | null;
  /** Why the hub gave nothing. */
  readonly reason: string | null;
}

/** What `card.json` records of the last answer of the hub. */
interface CardRecord {
  readonly id: string;
  readonly etags: Readonly<Record<string, string>>;
  readonly facts: CardFacts | null;
}

/** Dimensions as the model's own configuration gives them. */
interface CardFacts {
  readonly architecture: string;
  readonly dtype: string;
  readonly layers: number;
  readonly context: number | null;
  readonly parameters: number;
}

export interface CardOptions {
  /** Folder that gets `<org>/<model>/` of each. */
  readonly output: string;
  readonly hub: HubSettings;
  readonly signal: AbortSignal;
  readonly onDone: (outcome: CardOutcome) => void;
}

const FILES = ['README.md', 'config.json'] as const;
const AT_ONCE = 4;

/** Brings the cards of models up to date, a few at a time. What the hub does not give stays as it was. */
export async function updateCards(ids: readonly string[], options: CardOptions): Promise<CardOutcome[]> {
  const outcomes: CardOutcome[] = [];
  let next = 0;
  const worker = async () => {
    for (let id = ids[next++]; id !== undefined; id = ids[next++]) {
      options.signal.throwIfAborted();
      const outcome = await updateCard(id, options);
      options.onDone(outcome);
      outcomes.push(outcome);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return outcomes.sort((a, b) => (a.id < b.id ? -1 : 1));
}

async function updateCard(id: string, { output, hub, signal }: CardOptions): Promise<CardOutcome> {
  const folder = join(output, id);
  const record = readRecord(folder);
  const before = record ? { outcome: 'kept' as const, folder } : { outcome: 'missing' as const, folder: null };
  if (hub.offline) return { id, ...before, reason: 'HF_HUB_OFFLINE is set' };
  let answers: readonly HubAnswer[];
  try {
    // A file that someone removed is fetched again, whatever the record says.
    answers = await Promise.all(
      FILES.map((file) => {
        const etag = existsSync(join(folder, file)) ? record?.etags[file] : undefined;
        return fetchHubFile({ id, file, etag }, hub, signal);
      }),
    );
  } catch (error) {
    signal.throwIfAborted();
    return { id, ...before, reason: messageOf(error) };
  }
  if (answers.every(({ kind }) => kind !== 'content')) return { id, outcome: 'unchanged', folder, reason: null };
  writeCard(id, folder, answers);
  return { id, outcome: 'fetched', folder, reason: null };
}

/** The record is written last: a card that was cut off is fetched again. */
function writeCard(id: string, folder: string, answers: readonly HubAnswer[]): void {
  const files = answers.flatMap((answer, index) => {
    const name = FILES[index] ?? '';
    return answer.kind === 'content' ? [{ path: join(folder, name), text: answer.text }] : [];
  });
  writeDocuments(files, { force: true });
  const record: CardRecord = {
    id,
    etags: Object.fromEntries(
      answers.flatMap(({ etag }, index) => (etag === undefined ? [] : [[FILES[index] ?? '', etag]])),
    ),
    facts: factsOf(join(folder, 'config.json')),
  };
  const text = `${JSON.stringify(record, undefined, 2)}\n`;
  writeDocuments([{ path: join(folder, 'card.json'), text }], { force: true });
}

/** Null for a configuration of a kind that is not known. */
function factsOf(path: string): CardFacts | null {
  try {
    const shape = parseModelConfig(JSON.parse(readFileSync(path, 'utf8')), path);
    return {
      architecture: shape.architecture,
      dtype: shape.dtype,
      layers: shape.layers,
      context: shape.maxPositions ?? null,
      parameters: totalParameters(countParameters(shape)),
    };
  } catch {
    return null;
  }
}

function readRecord(folder: string): CardRecord | undefined {
  try {
    const value = JSON.parse(readFileSync(join(folder, 'card.json'), 'utf8')) as Partial<CardRecord>;
    return typeof value.etags === 'object' ? (value as CardRecord) : undefined;
  } catch {
    return undefined; // never fetched
  }
}
