import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { ClientEvent } from '../../client-protocol.ts';

/**
 * What a point's container writes to its log: `aim1 NUMBER KIND LENGTH TEXT`. Numbers go up by one, so that lines which
 * a rotated log lost are noticed, and lines which come again after a resumption are known. The length of the text tells a
 * line that a lost connection cut from a whole one. Results come at the end, packed,
 * in pieces that no container runtime cuts.
 */
export interface Frame {
  readonly number: number;
  readonly kind: 'progress' | 'data' | 'end';
  readonly text: string;
}

/** What the last frame says. */
export interface FrameEnd {
  /** Exit status of the load client; null after a signal. */
  readonly status: number | null;
  /** Of the events, unpacked. */
  readonly sha256: string;
  /** Last words of the load client when it failed. */
  readonly errors: readonly string[];
}

const MARK = 'aim1';
/** Runtimes split lines of 16 KiB. */
const PIECE_CHARACTERS = 8_000;

/** Writes frames with numbers. */
export function createFrameWriter(write: (line: string) => void): (kind: Frame['kind'], text: string) => void {
  let number = 0;
  return (kind, text) => write(`${MARK} ${number++} ${kind} ${text.length} ${text}\n`);
}

/** Packs events, JSON lines, into pieces. */
export function packEvents(lines: string): { readonly pieces: readonly string[]; readonly sha256: string } {
  const packed = gzipSync(lines).toString('base64');
  const pieces = packed.match(new RegExp(`.{1,${PIECE_CHARACTERS}}`, 'g')) ?? [];
  return { pieces, sha256: hash(lines) };
}

/** The frame a line holds; undefined for other lines and for one that was cut. */
export function parseFrame(line: string): Frame | undefined {
  const [, number, kind, length, text = ''] = /^aim1 (\d+) (progress|data|end) (\d+) (.*)$/.exec(line) ?? [];
  if (number === undefined || text.length !== Number(length)) return undefined;
  return { number: Number(number), kind: kind as Frame['kind'], text };
}

/** What a list of frames came to. */
export type Collected =
  | { readonly kind: 'complete'; readonly events: readonly ClientEvent[]; readonly end: FrameEnd }
  /** Lines are missing in the middle, or they are not what was written. */
  | { readonly kind: 'damaged' }
  | { readonly kind: 'open' };

/** Frames in the order of their numbers, each once, whatever order and how often they came in. */
export class FrameCollector {
  readonly #frames = new Map<number, Frame>();

  /** Returns whether it is new. */
  add(frame: Frame): boolean {
    if (this.#frames.has(frame.number)) return false;
    this.#frames.set(frame.number, frame);
    return true;
  }

  collect(): Collected {
    const frames = [...this.#frames.values()].sort((a, b) => a.number - b.number);
    const last = frames.at(-1);
    if (last?.kind !== 'end') return { kind: 'open' };
    if (last.number !== frames.length - 1) return { kind: 'damaged' };
    try {
      const end = JSON.parse(last.text) as FrameEnd;
      const packed = frames.flatMap(({ kind, text }) => (kind === 'data' ? [text] : [])).join('');
      const lines = packed === '' ? '' : gunzipSync(Buffer.from(packed, 'base64')).toString('utf8');
      if (hash(lines) !== end.sha256) return { kind: 'damaged' };
      const events = lines
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line) as ClientEvent);
      return { kind: 'complete', events, end };
    } catch {
      return { kind: 'damaged' };
    }
  }
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
