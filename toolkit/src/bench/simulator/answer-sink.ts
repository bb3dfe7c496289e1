import type { ServerResponse } from 'node:http';

/** Where an answer is written to. */
export interface AnswerSink {
  /** Sends status 200 and the headers of a stream. */
  begin(): void;
  /** Sends text at once, as a chunk of its own; one byte per character. */
  write(text: string): void;
  end(): void;
  /** Closes the connection where it is. */
  truncate(): void;
  /** Closes the connection so that the client sees a reset. */
  reset(): void;
  sendJson(status: number, json: string): void;
}

/**
 * Writes chunks past `response.write`, which would write length, text and end of a chunk one by one and only at the
 * end of the turn.
 */
export function createAnswerSink(response: ServerResponse): AnswerSink {
  return {
    begin: () => {
      response.writeHead(200, {
        'Content-Type': 'text/event-stream; charset=utf-8',
        'Transfer-Encoding': 'chunked',
      });
      response.flushHeaders();
    },
    write: (text) => {
      if (response.destroyed) return;
      // Of a pipelined request: the answer before has the socket.
      if (response.socket === null) response.write(text, 'latin1');
      else response.socket.write(`${text.length.toString(16)}\r\n${text}\r\n`, 'latin1');
    },
    end: () => void response.end(),
    truncate: () => void response.socket?.end(),
    reset: () => void response.socket?.resetAndDestroy(),
    sendJson: (status, json) => {
      const body = Buffer.from(json);
      response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': body.length });
      response.end(body);
    },
  };
}
