import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readLines } from './log-stream.ts';

function frame(channel: number, text: string): Buffer {
  const header = Buffer.alloc(8);
  header[0] = channel;
  const body = Buffer.from(text);
  header.writeUInt32BE(body.length, 4);
  return Buffer.concat([header, body]);
}

async function collect(chunks: Iterable<Buffer>): Promise<string[]> {
  const stream = (async function* () {
    await Promise.resolve();
    yield* chunks;
  })();
  const lines: string[] = [];
  for await (const line of readLines(stream)) lines.push(line);
  return lines;
}

/** Cuts bytes into pieces of the given sizes. */
function cut(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0, index = 0; at < bytes.length; index++) {
    const end = at + (sizes[index % sizes.length] ?? 1);
    pieces.push(bytes.subarray(at, end));
    at = end;
  }
  return pieces;
}

describe('readLines', () => {
  it('is the same however the bytes are cut, also within a letter', async () => {
    const line = fc.stringMatching(/^[a-zäß█ ]*[a-zäß█]$/);
    const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 6 }), sizes, async (lines, cuts) => {
        const bytes = Buffer.concat(lines.map((text) => frame(1, `${text}\n`)));
        expect(await collect(cut(bytes, cuts))).toEqual(lines.map((text) => text.trimEnd()));
      }),
    );
  });
  it('keeps the lines of both channels apart and ends lines at carriage returns', async () => {
    const bytes = [frame(1, 'out 1 '), frame(2, 'err\n'), frame(1, 'out 2\r\n'), frame(2, ' 10%\r 20%\r')];
    expect(await collect(bytes)).toEqual(['err', 'out 1 out 2', ' 10%', ' 20%']);
  });
  it('reads a log without frames, as a container with a terminal has it, and a last line without an end', async () => {
    expect(await collect([Buffer.from('plain\nte'), Buffer.from('xt')])).toEqual(['plain', 'text']);
    expect(await collect([frame(2, 'last')])).toEqual(['last']);
  });
});
