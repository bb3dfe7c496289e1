import type { RequestRecord } from '../record.ts';
import type { Answer } from './answer.ts';

/** A record without its events. */
export type RecordHead = Omit<RequestRecord, 'eventTimesMs' | 'eventTokens'>;

/** Where the events of one record lie. */
interface Entry {
  readonly head: RecordHead;
  readonly chunk: Chunk;
  readonly from: number;
  readonly to: number;
  readonly counted: boolean;
}

interface Chunk {
  readonly times: Float64Array;
  readonly tokens: Uint32Array;
}

const CHUNK_EVENTS = 1 << 18;
const LINES_AT_ONCE = 256;

/** Records of one thread until the point is over; events lie in large arrays, which the garbage collector never walks. */
export class RecordLog {
  #entries: Entry[] = [];
  #chunk: Chunk = createChunk(CHUNK_EVENTS);
  #used = 0;

  /** Takes over the events of an answer. */
  add(head: RecordHead, answer: Answer): void {
    const { events } = answer;
    if (this.#used + events > this.#chunk.times.length) {
      this.#chunk = createChunk(Math.max(CHUNK_EVENTS, events));
      this.#used = 0;
    }
    const from = this.#used;
    this.#used += events;
    answer.copyEvents(this.#chunk.times, this.#chunk.tokens, from);
    this.#entries.push({ head, chunk: this.#chunk, from, to: this.#used, counted: answer.counted });
  }

  /** When the last measured request ended; `undefined` when there was none. */
  get lastEndMs(): number | undefined {
    let last: number | undefined;
    for (const { head } of this.#entries)
      if (head.phase === 'measured') last = Math.max(last ?? head.endMs, head.endMs);
    return last;
  }

  /** Hands out everything as client events, JSON lines, a few hundred at once, and forgets it. */
  *takeLines(): Generator<string> {
    const entries = this.#entries;
    this.#entries = [];
    for (let at = 0; at < entries.length; at += LINES_AT_ONCE)
      yield entries
        .slice(at, at + LINES_AT_ONCE)
        .map((entry) => `${JSON.stringify({ type: 'record', record: toRecord(entry) })}\n`)
        .join('');
  }
}

/** Times in whole microseconds, which is finer than they can be measured. */
function toRecord({ head, chunk, from, to, counted }: Entry): RequestRecord {
  const { firstEventMs, firstContentMs } = head;
  return {
    ...head,
    intendedMs: roundToMicroseconds(head.intendedMs),
    sentMs: roundToMicroseconds(head.sentMs),
    ...(firstEventMs !== undefined && { firstEventMs: roundToMicroseconds(firstEventMs) }),
    ...(firstContentMs !== undefined && { firstContentMs: roundToMicroseconds(firstContentMs) }),
    endMs: roundToMicroseconds(head.endMs),
    eventTimesMs: Array.from(chunk.times.subarray(from, to), roundToMicroseconds),
    ...(counted && { eventTokens: Array.from(chunk.tokens.subarray(from, to)) }),
  };
}

function createChunk(events: number): Chunk {
  return { times: new Float64Array(events), tokens: new Uint32Array(events) };
}

function roundToMicroseconds(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
