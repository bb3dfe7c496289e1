import { failure } from '../exit-codes.ts';
import type { EngineEvent } from './engine.ts';

/** What a record of a build or pull stream means. */
export type StreamRecord = EngineEvent | { readonly kind: 'image'; readonly id: string };

const STEP = /^Step (\d+)\/(\d+) : ([^]*?)\s*$/;
const IMAGE_ID = /^sha256:[0-9a-f]{64}$/;

/** Splits a byte stream of JSON values, one per line, wherever the chunks end. */
export async function* readRecords(stream: AsyncIterable<Buffer | string>): AsyncGenerator {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of stream) {
    const lines = (rest + (typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true }))).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '') yield JSON.parse(line) as unknown;
  }
  if (rest.trim() !== '') yield JSON.parse(rest) as unknown;
}

/** Error text of a record; the engine reports failures inside a stream that began with status 200. */
export function parseFailure(record: unknown): string | undefined {
  if (!isObject(record)) return undefined;
  const detail = isObject(record['errorDetail']) ? record['errorDetail']['message'] : undefined;
  const text = detail ?? record['error'];
  return typeof text === 'string' && text !== '' ? text.trim() : undefined;
}

/** Meaning of one record of the classic builder's or a pull's stream; undefined for records that say nothing. */
export function parseRecord(record: unknown): StreamRecord | undefined {
  if (!isObject(record)) return undefined;
  const aux = record['aux'];
  if (isObject(aux) && typeof aux['ID'] === 'string' && IMAGE_ID.test(aux['ID']))
    return { kind: 'image', id: aux['ID'] };
  if (typeof record['stream'] === 'string') return parseText(record['stream']);
  if (typeof record['status'] === 'string') return parseStatus(record['status'], record);
  return undefined;
}

export interface FollowOptions {
  readonly onEvent: (event: EngineEvent) => void;
  /** Class of a failure that the stream reports: `environment` for builds, `remote` for pulls. */
  readonly failureCode: 'environment' | 'remote';
}

/**
 * Reads a whole stream: reports its events, returns the id of the image it made, if any.
 * Throws AimError, naming the build step, when the stream reports a failure.
 */
export async function followStream(
  stream: AsyncIterable<Buffer | string>,
  { onEvent, failureCode }: FollowOptions,
): Promise<string | undefined> {
  let step = '';
  let imageId: string | undefined;
  for await (const record of readRecords(stream)) {
    const failed = parseFailure(record);
    if (failed !== undefined)
      throw failure(failureCode, { message: step === '' ? failed : `${step} failed: ${failed}` });
    const event = parseRecord(record);
    if (event?.kind === 'image') imageId = event.id;
    else if (event !== undefined) onEvent(event);
    if (event?.kind === 'step') step = `step ${event.index}/${event.total} (${firstLine(event.text)})`;
  }
  return imageId;
}

function parseText(text: string): StreamRecord | undefined {
  const [, index, total, instruction] = STEP.exec(text) ?? [];
  if (index !== undefined) return { kind: 'step', index: Number(index), total: Number(total), text: instruction ?? '' };
  const line = text.trim();
  return line === '' ? undefined : { kind: 'output', text: line };
}

function parseStatus(status: string, record: Record<string, unknown>): StreamRecord {
  const layer = typeof record['id'] === 'string' ? `${record['id']}: ` : '';
  const detail = isObject(record['progressDetail']) ? record['progressDetail'] : {};
  const { current, total } = detail;
  if (typeof current === 'number' && typeof total === 'number' && total > 0) {
    return { kind: 'transfer', status: `${layer}${status}`, currentBytes: current, totalBytes: total };
  }
  return { kind: 'output', text: `${layer}${status}` };
}

function firstLine(text: string): string {
  const line = text.split(/\s*\\?\n/, 1)[0] ?? '';
  return line.length > 80 ? `${line.slice(0, 77)}...` : line;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
