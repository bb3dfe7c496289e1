const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
const COLON = 58;
const SPACE = 32;
const DATA = Buffer.from('data');

/** A line longer than this is no event stream. */
const MAX_LINE_BYTES = 32 * 1024 * 1024;

/**
 * Reads server-sent events from bytes however they are cut: frames and characters may cross chunks, lines may end in LF
 * or CRLF, comments and fields other than `data` are skipped, several `data` lines make one payload.
 */
export class SseParser {
  readonly #onPayload: (payload: string) => void;
  readonly #takeFrame: (bytes: Buffer, from: number) => number;
  /** Start of a line that has not ended yet. */
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #payload: string | undefined;

  /**
   * `takeFrame` is asked first where a frame may begin: it returns where the next one does when it has read the whole
   * frame itself, else -1.
   */
  constructor(onPayload: (payload: string) => void, takeFrame: (bytes: Buffer, from: number) => number = () => -1) {
    this.#onPayload = onPayload;
    this.#takeFrame = takeFrame;
  }

  /** @throws RangeError for a line without end */
  push(chunk: Buffer): void {
    let start = 0;
    while (start < chunk.length) {
      const next = this.#pendingBytes === 0 && this.#payload === undefined ? this.#takeFrame(chunk, start) : -1;
      if (next >= 0) {
        start = next;
        continue;
      }
      const end = chunk.indexOf(LINE_FEED, start);
      if (end < 0) break;
      if (this.#pendingBytes === 0) this.#readLine(chunk, start, end);
      else {
        const line = this.#takePending(chunk.subarray(start, end));
        this.#readLine(line, 0, line.length);
      }
      start = end + 1;
    }
    if (start < chunk.length) this.#keep(start === 0 ? chunk : chunk.subarray(start));
  }

  /** The stream is over: a last line or frame without its end counts. */
  end(): void {
    if (this.#pendingBytes > 0) {
      const line = this.#takePending(Buffer.alloc(0));
      this.#readLine(line, 0, line.length);
    }
    this.#dispatch();
  }

  #keep(rest: Buffer): void {
    this.#pending.push(Buffer.from(rest)); // what was pushed is valid only for now
    this.#pendingBytes += rest.length;
    if (this.#pendingBytes > MAX_LINE_BYTES) throw new RangeError(`a line of over ${MAX_LINE_BYTES} bytes`);
  }

  #takePending(rest: Buffer): Buffer {
    const line = Buffer.concat([...this.#pending, rest]);
    this.#pending = [];
    this.#pendingBytes = 0;
    return line;
  }

  #readLine(bytes: Buffer, start: number, lineEnd: number): void {
    const end = lineEnd > start && bytes[lineEnd - 1] === CARRIAGE_RETURN ? lineEnd - 1 : lineEnd;
    if (end === start) this.#dispatch();
    else if (isData(bytes, start, end)) {
      let from = start + DATA.length;
      if (bytes[from] === COLON) from++;
      if (from < end && bytes[from] === SPACE) from++;
      const text = bytes.toString('utf8', Math.min(from, end), end);
      this.#payload = this.#payload === undefined ? text : `${this.#payload}\n${text}`;
    }
  }

  #dispatch(): void {
    const payload = this.#payload;
    if (payload === undefined) return;
    this.#payload = undefined;
    this.#onPayload(payload);
  }
}

/** `data:…`, or the bare field name, which stands for an empty value. */
function isData(bytes: Buffer, start: number, end: number): boolean {
  for (let index = 0; index < DATA.length; index++) if (bytes[start + index] !== DATA[index]) return false;
  return end === start + DATA.length || bytes[start + DATA.length] === COLON;
}
