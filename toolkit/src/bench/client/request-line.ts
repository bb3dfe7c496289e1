import type { Readable } from 'node:stream';

/**
 * The first line of a stream; from then on its end calls `onEnd`, which is how a parent that dies takes its client
 * along. @throws Error when the stream ends before the line does
 */
export function readRequestLine(input: Readable, onEnd: () => void): Promise<string> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let found = false;
    input.on('data', (chunk: Buffer) => {
      if (found) return;
      const end = chunk.indexOf('\n');
      parts.push(end < 0 ? chunk : chunk.subarray(0, end));
      found = end >= 0;
      if (found) resolve(Buffer.concat(parts).toString('utf8'));
    });
    const stop = () => {
      if (found) onEnd();
      else reject(new Error('the request has no end: it is one line of JSON, and standard input stays open'));
    };
    input.on('end', stop).on('close', stop).on('error', stop);
  });
}
