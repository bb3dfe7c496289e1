import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadProfile, parseProfile } from '../../profiles/find.ts';
import { editProfile } from '../../profiles/edit.ts';
import { openCandidates } from './candidates.ts';
import {
  baseCandidate,
  createSpace,
  describeCandidate,
  parseParam,
  parseSearchFile,
  toEdits,
  type Candidate,
  type Dimension,
} from './space.ts';

const FILE = join(
  import.meta.dirname,
  '../../../../profiles/meta-llama/Llama-3.1-8B-Instruct/vllm-mi300x-fp16-tp1-throughput.yaml',
);
const profile = loadProfile(FILE);
const text = readFileSync(FILE, 'utf8');
const space = (...params: string[]) => createSpace(profile, new Map(params.map(parseParam)));

describe('what is asked for', () => {
  it('is put in order, with what the profile has', () => {
    expect(space('max-num-seqs=64,1024,8', 'VLLM_NEW=0,1', 'enforce-eager=on')).toEqual([
      { name: 'max-num-seqs', kind: 'argument', values: ['8', '64', '512', '1024'], baseIndex: 2 },
      { name: 'VLLM_NEW', kind: 'variable', values: ['off', '0', '1'], baseIndex: 0 },
      { name: 'enforce-eager', kind: 'argument', values: ['off', 'on'], baseIndex: 0 },
    ]);
  });

  it.each(['max-num-seqs', '=1', 'a=', 'a=1,,2', '-x=1', 'a b=1'])('refuses %j', (param) => {
    expect(() => parseParam(param)).toThrow(expect.objectContaining({ code: 'usage' }));
  });

  it.each([
    ['', 'x'],
    ['params: [1]', 'there is no mapping params'],
    ['params:\n  max-num-seqs: 8', 'max-num-seqs has no list'],
    ['params:\n  max-num-seqs: []', 'max-num-seqs has no list'],
    ['params:\n  "no name": [1]', 'is no name'],
    ['params: [', 'x'],
  ])('refuses the search file %j', (file, says) => {
    expect(() => parseSearchFile(file, 'x')).toThrow(
      expect.objectContaining({ code: 'usage', message: expect.stringContaining(says) as string }),
    );
  });

  it('reads a search file', () => {
    const wishes = parseSearchFile('params:\n  max-num-seqs: [8, 16]\n  async-scheduling: [true, false]\n', 'x');
    expect([...wishes]).toEqual([
      ['max-num-seqs', ['8', '16']],
      ['async-scheduling', ['on', 'off']],
    ]);
  });

  it('refuses a search without a choice', () => {
    expect(() => space('max-num-seqs=512')).toThrow(expect.objectContaining({ code: 'usage' }));
  });
});

describe('a candidate', () => {
  const all: readonly Dimension[] = space(
    'max-num-seqs=64,256',
    'VLLM_ROCM_USE_AITER=0,1',
    'async-scheduling=on,off',
    'kv-cache-dtype=fp8',
    'block-size=16',
  );

  it('is a valid profile with exactly its changes, and the profile itself is unchanged', () => {
    expect(toEdits(all, baseCandidate(all))).toEqual([]);
    const anyCandidate = fc.tuple(...all.map(({ values }) => fc.nat(values.length - 1)));
    fc.assert(
      fc.property(anyCandidate, (candidate: Candidate) => {
        const made = parseProfile(FILE, editProfile(text, toEdits(all, candidate)));
        all.forEach(({ name, kind, values, baseIndex }, at) => {
          const value = values[candidate[at]!]!;
          const found = kind === 'variable' ? made.envVars[name] : made.engineArgs[name];
          const before = kind === 'variable' ? profile.envVars[name] : profile.engineArgs[name];
          if (candidate[at] === baseIndex) expect(found).toEqual(before);
          else if (value === 'off') expect(found).toBeUndefined();
          else expect(found === null ? 'on' : `${found as string | number}`).toBe(value);
        });
        const count = candidate.filter((index, at) => index !== all[at]!.baseIndex).length;
        expect(describeCandidate(all, candidate).split(' ').length).toBe(count === 0 ? 3 : count);
      }),
    );
  });

  describe('that cannot work', () => {
    const params = ['tensor-parallel-size=2,3', 'gpu-memory-utilization=0.05,0.8', 'max-num-seqs=nonsense'];
    let candidates: Awaited<ReturnType<typeof openCandidates>>;
    beforeAll(async () => {
      candidates = await openCandidates({ space: space(...params), text, folder: '/nowhere' });
    });

    it.each([
      { candidate: [2, 2, 1], says: '32 attention heads' },
      { candidate: [0, 0, 1], says: 'do not fit' },
      { candidate: [0, 2, 0], says: 'nonsense' },
    ])('is not tried: $says', ({ candidate, says }) => {
      expect(candidates.isAllowed(candidate)).toBe(false);
      expect(
        candidates
          .refused()
          .map(({ reason }) => reason)
          .join(),
      ).toContain(says);
    });

    it('is not mistaken for one that can', () => {
      expect(candidates.isAllowed([0, 1, 1])).toBe(true);
    });
  });
});
