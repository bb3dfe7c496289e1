import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkVllmArgv } from '../../src/engine/vllm-argv.ts';
import { loadEngineTable } from '../../src/engine/table.ts';

interface Vector {
  readonly args: readonly string[];
  readonly ok: boolean;
  readonly set?: Readonly<Record<string, unknown>>;
  readonly kind?: string;
}

const fixture = join(import.meta.dirname, '../fixtures/engine/vllm-0.11.1-vectors.json');
const { vectors } = JSON.parse(readFileSync(fixture, 'utf8')) as { vectors: readonly Vector[] };
const table = await loadEngineTable('vllm');
const COMPILATION_MODES: Readonly<Record<string, number>> = { NONE: 0, VLLM_COMPILE: 3 };

/**
 * The recorded answer in the terms of a command line. Left out, because the engine's own classes put them there:
 * the class name, a random engine_id, and the mode that is a copy of the old key level.
 */
function asWritten(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asWritten);
  if (typeof value !== 'object' || value === null) return value;
  const isClass = '$dataclass' in value;
  const members = Object.entries(value).filter(
    ([key]) => !(isClass && (key === '$dataclass' || key === 'engine_id' || (key === 'mode' && 'level' in value))),
  );
  return Object.fromEntries(
    members.map(([key, member]) => [
      key,
      isClass && key === 'mode' && typeof member === 'string' ? COMPILATION_MODES[member] : asWritten(member),
    ]),
  );
}

describe('checkVllmArgv against the recorded answers of the vLLM 0.11.1 parser', () => {
  it('has a vector of every kind', () => {
    expect(vectors.length).toBeGreaterThanOrEqual(136);
    expect(new Set(vectors.map(({ kind }) => kind)).size).toBeGreaterThanOrEqual(8);
  });

  it.each(vectors.map((vector) => [JSON.stringify(vector.args), vector] as const))('%s', (_title, vector) => {
    const result = checkVllmArgv(vector.args, table);
    if (result.ok) expect({ ok: true, set: result.set }).toEqual({ ok: vector.ok, set: asWritten(vector.set) });
    else expect({ ok: false, kind: result.kind }).toEqual({ ok: vector.ok, kind: vector.kind });
  });
});
