import { FrameTemplate } from './frame-template.ts';
import { isObject, parseFrame, readError, type Frame, type Usage } from './frame.ts';
import type { Seen } from './outcome.ts';
import { SseParser } from './sse.ts';

/** Longest body of a refusal that is read for its message. */
const MAX_ERROR_BYTES = 16 * 1024;

/** Templates that are made for one answer; one is enough unless its frames change. */
const MAX_LESSONS = 4;

/** Gathers what one streamed answer says and when; times in milliseconds of the caller's clock. */
export class Answer {
  readonly #parser = new SseParser(
    (payload) => {
      this.#readPayload(payload);
    },
    (bytes, from) => this.#readKnown(bytes, from),
  );
  #template: FrameTemplate | undefined;
  #lessons = 0;
  readonly #keepText: boolean;
  #status = 0;
  #nowMs = 0;
  #done = false;
  #finishReason: string | undefined;
  #errorFrame: string | undefined;
  #malformed: string | undefined;
  #usage: Usage | undefined;
  /** Output tokens where they are newer than {@link #usage}. */
  #outputTokens: number | undefined;
  #times: Float64Array;
  #tokens: Uint32Array;
  #events = 0;
  /** Running count of the server at the last event; undefined until an event carries one. */
  #counted: number | undefined;
  #firstContentMs: number | undefined;
  #text = '';
  #body: Buffer = Buffer.alloc(0);

  constructor(expectedEvents: number, keepText: boolean) {
    this.#keepText = keepText;
    this.#times = new Float64Array(expectedEvents);
    this.#tokens = new Uint32Array(expectedEvents);
  }

  start(status: number): void {
    this.#status = status;
  }

  /** Bytes of the body that arrived at this time. */
  push(chunk: Buffer, nowMs: number): void {
    this.#nowMs = nowMs;
    if (this.#status !== 200) {
      if (this.#body.length < MAX_ERROR_BYTES) this.#body = Buffer.concat([this.#body, chunk]);
      return;
    }
    try {
      this.#parser.push(chunk);
    } catch (error) {
      this.#blame(error);
    }
  }

  /** No more bytes; what is left of a frame without its end is read. */
  finish(): void {
    if (this.#status !== 200) return;
    try {
      this.#parser.end();
    } catch (error) {
      this.#blame(error);
    }
  }

  /** Number of events with non-empty `choices`. */
  get events(): number {
    return this.#events;
  }

  /** Whether events carried the server's running count, so that the tokens of each are known. */
  get counted(): boolean {
    return this.#counted !== undefined;
  }

  /** Writes arrival and tokens of each event to these arrays, from this place on. */
  copyEvents(times: Float64Array, tokens: Uint32Array, from: number): void {
    times.set(this.#times.subarray(0, this.#events), from);
    tokens.set(this.#tokens.subarray(0, this.#events), from);
  }

  get firstEventMs(): number | undefined {
    return this.#events > 0 ? this.#times[0] : undefined;
  }

  get firstContentMs(): number | undefined {
    return this.#firstContentMs;
  }

  get usage(): Usage | undefined {
    return this.#outputTokens === undefined ? this.#usage : { ...this.#usage, outputTokens: this.#outputTokens };
  }

  get status(): number {
    return this.#status;
  }

  get text(): string {
    return this.#text;
  }

  /** What {@link classifyOutcome} judges by. */
  describe(exactOutputTokens: number | undefined): Seen {
    return {
      status: this.#status,
      done: this.#done,
      finishReason: this.#finishReason,
      errorFrame: this.#errorFrame,
      malformed: this.#malformed,
      events: this.#events,
      outputTokens: this.#outputTokens ?? this.#usage?.outputTokens,
      exactOutputTokens,
      errorBody: this.#body.length === 0 ? '' : parseErrorBody(this.#body),
    };
  }

  #blame(error: unknown): void {
    this.#malformed ??= error instanceof Error ? error.message : String(error);
  }

  /** Reads a frame like one before. @returns where it ends; -1 for any other */
  #readKnown(bytes: Buffer, from: number): number {
    const template = this.#template;
    if (template === undefined || this.#malformed !== undefined) return -1;
    const next = template.match(bytes, from);
    if (next < 0) return -1;
    if (template.usage !== undefined) {
      this.#usage = template.usage;
      this.#outputTokens = template.counts ? template.running : undefined;
    }
    this.#addEvent(template.hasContent, template.counts ? template.running : undefined);
    if (this.#keepText) this.#text += template.decodeText(bytes);
    return next;
  }

  #readPayload(payload: string): void {
    if (payload === '[DONE]') this.#done = true;
    else if (this.#malformed === undefined) {
      try {
        const frame = parseFrame(payload);
        this.#readFrame(frame);
        if (frame.text !== '' && this.#lessons++ < MAX_LESSONS)
          this.#template = FrameTemplate.learn(payload, frame) ?? this.#template;
      } catch (error) {
        this.#blame(error);
      }
    }
  }

  #readFrame(frame: Frame): void {
    if (frame.error !== undefined) this.#errorFrame ??= frame.error;
    if (frame.usage !== undefined) {
      this.#usage = frame.usage;
      this.#outputTokens = undefined;
    }
    if (frame.finishReason !== undefined) this.#finishReason = frame.finishReason;
    if (!frame.hasChoices) return;
    this.#addEvent(frame.hasContent, frame.usage?.outputTokens);
    if (this.#keepText) this.#text += frame.text;
  }

  #addEvent(hasContent: boolean, runningTokens: number | undefined): void {
    if (this.#events === this.#times.length) this.#grow();
    this.#times[this.#events] = this.#nowMs;
    this.#countTokens(runningTokens);
    this.#events++;
    if (hasContent) this.#firstContentMs ??= this.#nowMs;
  }

  #countTokens(running: number | undefined): void {
    if (running === undefined) return;
    this.#tokens[this.#events] = Math.max(0, running - (this.#counted ?? 0));
    this.#counted = running;
  }

  #grow(): void {
    const length = Math.max(16, this.#times.length * 2);
    const times = new Float64Array(length);
    const tokens = new Uint32Array(length);
    times.set(this.#times);
    tokens.set(this.#tokens);
    this.#times = times;
    this.#tokens = tokens;
  }
}

/** The message in a refusal's body, or the start of the body. */
function parseErrorBody(body: Buffer): string {
  const text = body.toString('utf8').slice(0, MAX_ERROR_BYTES);
  try {
    const value = JSON.parse(text) as unknown;
    const told = isObject(value) ? (readError(value) ?? value['detail']) : undefined;
    if (typeof told === 'string') return told;
  } catch {
    // No JSON: its text is the message.
  }
  return text.slice(0, 500);
}
