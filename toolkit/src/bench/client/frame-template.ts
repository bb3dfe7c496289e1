import { parseFrame, type Frame, type Usage } from './frame.ts';

/** What a slot of a template takes: a string's content, the server's running count, or another number. */
type SlotKind = 'text' | 'count' | 'number';

interface Slot {
  readonly kind: SlotKind;
  readonly from: number;
  readonly to: number;
}

const QUOTE = 34;
const BACKSLASH = 92;
const ZERO = 48;
const NINE = 57;
const FIRST_PRINTABLE = 32;
/** Up to here a loop is faster than a call out of JavaScript. */
const SHORT_BYTES = 32;
/** More would not be exact as a number. */
const MAX_DIGITS = 15;

/** Strings that {@link parseFrame} takes text from, and counts that grow with it. */
const TEXTS = /"(?:text|content|reasoning|reasoning_content)": ?"((?:[^"\\]|\\.)+)"/g;
const NUMBERS = /"(completion_tokens|total_tokens)": ?(0|[1-9]\d*)(?=[,}])/g;

/** What frames are asked with whether a template is right; numbers that nothing else in a frame is. */
const PROBE_TEXT = '~probe~';
const PROBE_NUMBER = 731_000_003;

/**
 * The frames of one stream differ only in a text and in counts. A template, made of one frame, reads the others by
 * comparing bytes, without decoding or parsing them; it gives what {@link parseFrame} gives, and takes nothing that
 * differs in anything else.
 */
export class FrameTemplate {
  /** Server's usage but for the running count. */
  readonly usage: Usage | undefined;
  /** Whether frames tell the running count. */
  readonly counts: boolean;
  /** Of the frame that matched last. */
  running = 0;
  #textFrom = 0;
  #textTo = 0;
  /** Token ids and the like are content without text. */
  readonly #contentWithoutText: boolean;
  readonly #literals: readonly Buffer[];
  readonly #kinds: readonly SlotKind[];

  private constructor(payload: string, slots: readonly Slot[], { sample, empty }: { sample: Frame; empty: Frame }) {
    const ends = [...slots.map(({ from }) => from), payload.length];
    const parts = ends.map((end, index) => payload.slice(slots[index - 1]?.to ?? 0, end));
    this.#kinds = slots.map(({ kind }) => kind);
    this.#literals = parts.map((part, index) =>
      Buffer.from(`${index === 0 ? 'data: ' : ''}${part}${index === slots.length ? '\n\n' : ''}`),
    );
    this.counts = this.#kinds.includes('count');
    this.usage = sample.usage;
    this.#contentWithoutText = empty.hasContent;
  }

  /** Template of a frame with text that was read as this; undefined when its shape is none that can be told apart. */
  static learn(payload: string, frame: Frame): FrameTemplate | undefined {
    const { text, error, finishReason } = frame;
    if (text === '' || error !== undefined || finishReason !== undefined || /[\r\n\ufffd]/.test(payload))
      return undefined;
    const numbers = [...payload.matchAll(NUMBERS)].map(toNumberSlot);
    const counts = numbers.filter(({ kind }) => kind === 'count').length;
    if (counts !== (frame.usage?.outputTokens === undefined ? 0 : 1)) return undefined;
    for (const match of payload.matchAll(TEXTS)) {
      const to = match.index + match[0].length - 1;
      const slot: Slot = { kind: 'text', from: to - (match[1] ?? '').length, to };
      const slots = [slot, ...numbers].sort((a, b) => a.from - b.from);
      const empty = fill(payload, slots, '');
      if (isRead(fill(payload, slots, PROBE_TEXT), PROBE_TEXT, frame) && isRead(empty, '', frame))
        return new FrameTemplate(payload, slots, { sample: frame, empty: parseFrame(empty) });
    }
    return undefined;
  }

  /** Reads the frame that begins here. @returns where the next one begins; -1 when this is another kind of frame */
  match(bytes: Buffer, from: number): number {
    let at = from;
    for (let part = 0; part < this.#literals.length; part++) {
      const literal = this.#literals[part];
      if (literal === undefined || !isAt(bytes, at, literal)) return -1;
      at += literal.length;
      const kind = this.#kinds[part];
      if (kind === undefined) break;
      at = kind === 'text' ? this.#readText(bytes, at) : this.#readNumber(bytes, at, kind);
      if (at < 0) return -1;
    }
    return at;
  }

  /** Of the frame that matched last. */
  get hasContent(): boolean {
    return this.#textTo > this.#textFrom || this.#contentWithoutText;
  }

  /** Text of the frame that matched last. */
  decodeText(bytes: Buffer): string {
    return bytes.toString('utf8', this.#textFrom, this.#textTo);
  }

  /** Usage as of the frame that matched last. */
  readUsage(): Usage | undefined {
    return this.counts ? { ...this.usage, outputTokens: this.running } : this.usage;
  }

  #readText(bytes: Buffer, from: number): number {
    for (let at = from; at < bytes.length; at++) {
      const byte = bytes[at] ?? 0;
      if (byte === QUOTE) {
        this.#textFrom = from;
        this.#textTo = at;
        return at;
      }
      // Escapes, and what is no JSON, are not for here.
      if (byte === BACKSLASH || byte < FIRST_PRINTABLE) return -1;
    }
    return -1;
  }

  #readNumber(bytes: Buffer, from: number, kind: SlotKind): number {
    let at = from;
    let value = 0;
    for (let byte = bytes[at] ?? 0; byte >= ZERO && byte <= NINE; byte = bytes[++at] ?? 0)
      value = value * 10 + byte - ZERO;
    const digits = at - from;
    if (digits === 0 || digits > MAX_DIGITS || (digits > 1 && bytes[from] === ZERO)) return -1;
    if (kind === 'count') this.running = value;
    return at;
  }
}

function isAt(bytes: Buffer, at: number, literal: Buffer): boolean {
  const end = at + literal.length;
  if (end > bytes.length) return false;
  if (literal.length > SHORT_BYTES) return bytes.compare(literal, 0, literal.length, at, end) === 0;
  for (let index = 0; index < literal.length; index++) if (bytes[at + index] !== literal[index]) return false;
  return true;
}

function toNumberSlot({ index, 0: all, 1: name, 2: digits = '' }: RegExpExecArray): Slot {
  const to = index + all.length;
  return { kind: name === 'completion_tokens' ? 'count' : 'number', from: to - digits.length, to };
}

function fill(payload: string, slots: readonly Slot[], text: string): string {
  let filled = '';
  let at = 0;
  for (const { kind, from, to } of slots) {
    filled += payload.slice(at, from) + (kind === 'text' ? text : String(PROBE_NUMBER));
    at = to;
  }
  return filled + payload.slice(at);
}

/** Whether a probe says what was put into it, and otherwise the same as the frame it was made of. */
function isRead(probe: string, text: string, frame: Frame): boolean {
  const read = parseFrame(probe);
  const outputTokens = frame.usage?.outputTokens === undefined ? undefined : PROBE_NUMBER;
  return (
    read.text === text &&
    read.hasChoices &&
    (read.hasContent || text === '') &&
    read.finishReason === undefined &&
    read.error === undefined &&
    read.usage?.outputTokens === outputTokens &&
    read.usage?.promptTokens === frame.usage?.promptTokens &&
    read.usage?.cachedTokens === frame.usage?.cachedTokens
  );
}
