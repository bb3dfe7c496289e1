import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAmdSmi } from '../../src/gpu/amd-smi.ts';
import { findDevice } from '../../src/gpu/devices.ts';
import { parseRocmSmi } from '../../src/gpu/rocm-smi.ts';
import { readFixture } from './gpu-hosts.ts';

describe('robustness', () => {
  const { files } = JSON.parse(readFixture('index.json')) as { files: readonly { path: string }[] };
  const texts = files
    .filter(({ path }) => /^(?:amd-smi|rocm-smi|rocminfo)\//.test(path))
    .map(({ path }) => readFixture(path))
    .filter((text) => text.length < 20_000);

  it('warnings around the document change nothing', () => {
    const facts = readFixture('amd-smi/static-mi210-rocm7.json');
    const noise = fc.constantFrom(
      '',
      '[WARNING] low power state\n',
      '{notice}\n',
      `${readFixture('amd-smi/errors/dri-permission-rocm7.1.1.txt')}\n`,
      'amdsmi_interface.py:3569: SyntaxWarning: invalid escape\n',
    );
    fc.assert(
      fc.property(noise, noise, (before, after) => {
        const noisy = parseAmdSmi({ list: '', static: `${before}${facts}\n${after}`, metric: '' });
        expect(noisy).toEqual(parseAmdSmi({ list: '', static: facts, metric: '' }));
      }),
      { numRuns: 25 },
    );
  });

  it('mutated output never throws', () => {
    const mutated = fc
      .tuple(fc.constantFrom(...texts), fc.nat(), fc.nat({ max: 200 }), fc.string({ maxLength: 20 }))
      .map(([text, at, removed, inserted]) => {
        const start = at % (text.length + 1);
        return text.slice(0, start) + inserted + text.slice(start + removed);
      });
    fc.assert(
      fc.property(mutated, (text) => {
        parseAmdSmi({ list: text, static: text, metric: text });
        parseRocmSmi(text);
      }),
      { numRuns: 300 },
    );
  });

  it('any JSON value in place of a record never throws', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify([{ gpu: 0, asic: value, vram: { size: value }, mem_usage: value, usage: value }]);
        expect(parseAmdSmi({ list: text, static: text, metric: text })).toHaveLength(1);
        parseRocmSmi(JSON.stringify({ card0: { 'Device ID': value, 'VRAM Total Memory (B)': value } }));
      }),
      { numRuns: 200, examples: [[{ toString: null }]] },
    );
  });
});

describe('the device table', () => {
  const { models } = JSON.parse(readFixture('gpu-models.json')) as {
    models: readonly { device_id: string; model: string; gfx: string; vram_mib: number | null }[];
  };

  it.each(models.map((row) => [row.device_id, row] as const))('%s agrees with the recorded facts', (id, row) => {
    const device = findDevice(id);
    expect(device?.model).toBe(row.model.split(' ')[0]);
    expect(device?.gfx).toBe(row.gfx);
    if (row.vram_mib !== null) expect(device?.vramMib).toBe(row.vram_mib);
  });
});
