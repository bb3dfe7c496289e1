import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFrameWriter, FrameCollector, packEvents, parseFrame, type Frame } from './frames.ts';

/** The lines of a log that carries these events. */
function writeLog(texts: readonly string[]): string[] {
  const lines: string[] = [];
  const write = createFrameWriter((line) => lines.push(line.trimEnd()));
  const events = texts.map((text) => `${JSON.stringify({ type: 'failed', message: text })}\n`).join('');
  const { pieces, sha256 } = packEvents(events);
  write('progress', '{"type":"progress"}');
  for (const piece of pieces) write('data', piece);
  write('end', JSON.stringify({ status: 0, sha256, errors: [] }));
  return lines;
}

const collect = (lines: readonly string[]) => {
  const collector = new FrameCollector();
  for (const line of lines) {
    const frame = parseFrame(line);
    if (frame !== undefined) collector.add(frame);
  }
  return collector.collect();
};

describe('frames of a log', () => {
  it('come whole out of a log that was cut, repeated and mixed with other lines', () => {
    const texts = fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 50 });
    fc.assert(
      fc.property(texts, fc.nat(), fc.nat(), fc.nat(), (messages, cutAt, from, width) => {
        const lines = writeLog(messages);
        const cut = cutAt % lines.length;
        const line = lines[cut] ?? '';
        const half = line.slice(0, width % line.length);
        const broken = [...lines.slice(0, cut), half, 'some warning'];
        const result = collect([...broken, ...lines.slice(from % (cut + 1))]);
        expect(result.kind).toBe('complete');
        const events = result.kind === 'complete' ? result.events : [];
        expect(events.map((event) => (event as { message: string }).message)).toEqual(messages);
      }),
    );
  });

  it('are known to be missing where the log was rotated', () => {
    const random = Array.from({ length: 4000 }, (_, at) => String(Math.sin(at)));
    const lines = writeLog(random);
    expect(lines.length).toBeGreaterThan(4);
    for (let lost = 0; lost < lines.length - 1; lost++) {
      expect(collect(lines.filter((_, index) => index !== lost)).kind).toBe('damaged');
    }
    expect(collect(lines.slice(0, -1)).kind).toBe('open');
  });

  it('are known to be damaged where a line came out otherwise', () => {
    const lines = writeLog(['a', 'b']);
    const changed = lines.map((line) => line.replace(/( data \d+ ).{12}/, '$1AAAAAAAAAAAA'));
    expect(collect(changed).kind).toBe('damaged');
  });

  it('ends in the middle of a line are no frames', () => {
    const [first = ''] = writeLog([]);
    expect(parseFrame(first)).toEqual<Frame>({ number: 0, kind: 'progress', text: '{"type":"progress"}' });
    for (let width = 0; width < first.length; width++) expect(parseFrame(first.slice(0, width))).toBeUndefined();
  });
});
