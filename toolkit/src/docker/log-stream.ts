import { StringDecoder } from 'node:string_decoder';

const HEADER_BYTES = 8;
const LENGTH_AT = 4;
/** First byte of a frame: standard input, output or error; a container with a terminal sends no frames. */
const STREAMS = new Set([0, 1, 2]);

/**
 * Lines of a container's log as the engine sends it: frames of eight bytes of header and text, cut anywhere.
 * Progress bars redraw their line with a carriage return, so that one ends a line too. Empty lines are left out.
 */
export async function* readLines(stream: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoders = new Map<number, { readonly decoder: StringDecoder; rest: string }>();
  for await (const { channel, bytes } of readFrames(stream)) {
    const state = decoders.get(channel) ?? { decoder: new StringDecoder(), rest: '' };
    decoders.set(channel, state);
    const lines = (state.rest + state.decoder.write(bytes)).split(/[\r\n]+/);
    state.rest = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '') yield line.trimEnd();
  }
  for (const { rest } of decoders.values()) if (rest.trim() !== '') yield rest.trimEnd();
}

interface Frame {
  readonly channel: number;
  readonly bytes: Buffer;
}

async function* readFrames(stream: AsyncIterable<Buffer>): AsyncGenerator<Frame> {
  let pending: Buffer = Buffer.alloc(0);
  for await (const chunk of stream) {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    while (pending.length >= HEADER_BYTES) {
      const channel = pending[0] ?? 0;
      if (!isHeader(pending)) {
        yield { channel: 0, bytes: pending };
        pending = Buffer.alloc(0);
        break;
      }
      const end = HEADER_BYTES + pending.readUInt32BE(LENGTH_AT);
      if (pending.length < end) break;
      yield { channel, bytes: pending.subarray(HEADER_BYTES, end) };
      pending = pending.subarray(end);
    }
  }
  if (pending.length > 0 && !isHeader(pending)) yield { channel: 0, bytes: pending };
}

function isHeader(bytes: Buffer): boolean {
  return STREAMS.has(bytes[0] ?? -1) && bytes[1] === 0 && bytes[2] === 0 && bytes[3] === 0;
}
