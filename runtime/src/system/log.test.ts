import { describe, expect, it } from 'vitest';
import { createLog, type LogLevel } from './log.ts';

function logger(level: LogLevel, format: 'text' | 'json' = 'text') {
  const lines: string[] = [];
  const log = createLog({
    level,
    format,
    name: 'aim_runtime',
    write: (line) => lines.push(line),
    now: () => new Date('2026-01-02T03:04:05.678Z'),
    redact: (text) => text.replaceAll('secret', '***'),
  });
  return { log, lines };
}

describe('createLog', () => {
  it('writes one redacted text line per event', () => {
    const { log, lines } = logger('INFO');
    log.info('starting with secret', { port: 8000, model: 'org/model' });
    expect(lines).toEqual(['2026-01-02T03:04:05.678Z INFO aim_runtime: starting with *** port=8000 model=org/model\n']);
  });

  it('writes JSON lines', () => {
    const { log, lines } = logger('INFO', 'json');
    log.warn('busy', { gpu: 1 });
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      time: '2026-01-02T03:04:05.678Z',
      level: 'WARNING',
      logger: 'aim_runtime',
      message: 'busy',
      gpu: 1,
    });
  });

  it.each([
    ['DEBUG', 4],
    ['INFO', 3],
    ['WARNING', 2],
    ['ERROR', 1],
    ['CRITICAL', 0],
  ] as const)('at %s shows %i of debug, info, warning, error', (level, shown) => {
    const { log, lines } = logger(level);
    log.debug('d');
    log.info('i');
    log.warn('w');
    log.error('e');
    expect(lines).toHaveLength(shown);
  });
});
