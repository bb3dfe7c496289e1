import { renderApiError } from './api-error.ts';
import type { Answer } from './answer.ts';
import type { AnswerSink } from './answer-sink.ts';
import type { FaultKind } from './fault.ts';
import { DONE_FRAME, ERROR_FRAME, MALFORMED_FRAME, type Frames, type FinishReason } from './frames.ts';
import type { GenerationRequest } from './generation-request.ts';
import type { SequenceOutput } from './scheduler.ts';
import type { TruthRecord } from './truth.ts';
import type { AnswerMeter } from './answer-meter.ts';

/** What one answer is made of. */
export interface AnswerParts {
  readonly request: GenerationRequest;
  readonly answer: Answer;
  readonly frames: Frames;
  readonly sink: AnswerSink;
  readonly meter: AnswerMeter;
  readonly fault: FaultKind | undefined;
  /** Tokens that will be computed. */
  readonly tokens: number;
  /** Tells cached tokens in the usage. */
  readonly tellCached: boolean;
}

export type AnswerFacts = Pick<TruthRecord, 'frameTimesMs' | 'frameTokens' | 'complete'>;

/** Writes one answer as its tokens come, goes wrong where it was told to, and notes when each frame was written. */
export class AnswerStream implements SequenceOutput {
  readonly #parts: AnswerParts;
  /** Called once, when nothing more will be written. */
  readonly #onEnd: (facts: AnswerFacts) => void;
  readonly #frameTimesMs: number[] = [];
  readonly #frameTokens: number[] = [];
  #computed = 0;
  #sent = 0;
  #cachedTokens = 0;
  #ended = false;
  #malformed = false;

  constructor(parts: AnswerParts, onEnd: (facts: AnswerFacts) => void) {
    this.#parts = parts;
    this.#onEnd = onEnd;
  }

  admitted(cachedTokens: number): void {
    this.#cachedTokens = cachedTokens;
    this.#parts.meter.admitted(cachedTokens);
  }

  preempted(): void {
    this.#parts.meter.preempted();
  }

  stepped({ tokens, sent, finished }: { tokens: number; sent: number; finished: boolean }): void {
    if (this.#ended) return;
    const { fault, meter, request } = this.#parts;
    const empty = fault === 'no_tokens';
    if (!empty) meter.stepped(tokens);
    this.#computed += tokens;
    if (!empty && this.#goesWrong()) return;
    if (request.stream && sent > 0 && !empty) this.#writeFrame(sent, finished);
    if (finished) this.#finish();
  }

  /** The client went away. */
  abort(): void {
    if (this.#ended) return;
    this.#parts.meter.finished('abort');
    this.#end(false);
  }

  get #finishReason(): FinishReason {
    const { request, tokens, answer } = this.#parts;
    return request.ignoreEos || tokens < answer.length ? 'length' : 'stop';
  }

  #writeFrame(tokens: number, finished: boolean): void {
    const { frames, answer, request } = this.#parts;
    const text = answer.text(this.#sent, tokens);
    if (request.chat && this.#sent === 0) this.#write(frames.role(), 0);
    this.#sent += tokens;
    const frame = frames.piece(text, this.#sent, finished ? this.#finishReason : null);
    this.#write(frame, tokens);
  }

  #write(frame: string, tokens: number): void {
    this.#frameTokens.push(tokens);
    this.#frameTimesMs.push(performance.now());
    this.#parts.sink.write(frame);
  }

  #finish(): void {
    const { request, frames, sink, meter, answer, fault, tellCached } = this.#parts;
    const tokens = fault === 'no_tokens' ? 0 : this.#computed;
    const cachedTokens = tellCached && this.#cachedTokens > 0 ? this.#cachedTokens : undefined;
    meter.finished(this.#finishReason);
    if (request.stream) {
      sink.write(`${request.includeUsage ? frames.usage(tokens, cachedTokens) : ''}${DONE_FRAME}`);
      sink.end();
    } else {
      const whole = frames.whole({ text: answer.text(0, tokens), tokens, finish: this.#finishReason, cachedTokens });
      sink.sendJson(200, fault === 'malformed_frame' ? whole.slice(0, -9) : whole);
    }
    this.#end(true);
  }

  /** Faults come in the middle of the answer. @returns whether the answer has ended by that */
  #goesWrong(): boolean {
    const { fault, tokens, sink, meter, request } = this.#parts;
    if (fault === undefined || this.#computed <= tokens / 2) return false;
    if (fault === 'malformed_frame') {
      if (request.stream && !this.#malformed) sink.write(MALFORMED_FRAME);
      this.#malformed = true;
      return false;
    }
    if (!breakAnswer(fault, sink, request.stream)) return false;
    meter.finished('error');
    this.#end(true);
    return true;
  }

  #end(complete: boolean): void {
    this.#ended = true;
    this.#onEnd({ frameTimesMs: this.#frameTimesMs, frameTokens: this.#frameTokens, complete });
  }
}

/** @returns false for faults that do not end an answer */
function breakAnswer(fault: FaultKind, sink: AnswerSink, stream: boolean): boolean {
  switch (fault) {
    case 'error_frame':
      if (stream) {
        sink.write(`${ERROR_FRAME}${DONE_FRAME}`);
        sink.end();
      } else sink.sendJson(500, JSON.stringify(renderApiError(500, 'EngineCore encountered an issue.', null)));
      return true;
    case 'eof_without_done':
      if (stream) sink.end();
      else sink.truncate();
      return true;
    case 'truncated':
      sink.truncate();
      return true;
    case 'connection_reset':
      sink.reset();
      return true;
    case 'hang':
      return true;
    case 'wrong_token_count':
    case 'no_tokens':
    case 'malformed_frame':
    case 'http_4xx':
    case 'http_5xx':
      return false;
  }
}
