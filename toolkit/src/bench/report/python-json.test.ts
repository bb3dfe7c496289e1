import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PythonFloat, renderPythonJson, type PythonValue } from './python-json.ts';

describe('renderPythonJson', () => {
  it.each<[PythonValue, string]>([
    [new PythonFloat(1), '1.0'],
    [new PythonFloat(0), '0.0'],
    [new PythonFloat(0.1 + 0.2), '0.30000000000000004'],
    [new PythonFloat(0.00001), '1e-05'],
    [new PythonFloat(0.0001), '0.0001'],
    [new PythonFloat(1e16), '1e+16'],
    [new PythonFloat(123456789012345680), '1.2345678901234568e+17'],
    [new PythonFloat(1e15), '1000000000000000.0'],
    [[1, null, true, 'é\n"'], '[1, null, true, "\\u00e9\\n\\""]'],
    [{ a: [], b: { c: 2 } }, '{"a": [], "b": {"c": 2}}'],
  ])('writes %j as %s', (value, text) => {
    expect(renderPythonJson(value)).toBe(text);
  });

  const python = spawnSync('python3', ['-c', 'import json']).status === 0;

  it.skipIf(!python)('writes what Python itself writes', () => {
    const values = fc.sample(
      fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.double({ min: 1e-7, max: 1e-3, noNaN: true })),
      { numRuns: 2000, seed: 1 },
    );
    const texts = fc.sample(fc.string({ unit: 'grapheme' }), { numRuns: 500, seed: 2 });
    const program =
      'import json, sys; floats, texts = json.load(sys.stdin); print(json.dumps([[float(x) for x in floats], texts]))';
    // Exact decimal digits, so that Python reads the very same numbers.
    const input = `[[${values.map((each) => (Object.is(each, -0) ? '-0.0' : each.toExponential())).join(',')}], ${JSON.stringify(texts)}]`;
    const run = spawnSync('python3', ['-c', program], { input, encoding: 'utf8' });
    const written = renderPythonJson([values.map((each) => new PythonFloat(each)), texts]);
    expect(written.split(', ')).toEqual(run.stdout.trimEnd().split(', '));
  });
});
