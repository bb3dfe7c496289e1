import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { writeRun } from '../../../test/lib/bench-run.ts';
import { DEFAULT_BENCH_CONFIG } from '../classify/config.ts';
import { loadEvidence } from '../classify/evidence-file.ts';
import type { Answers } from '../correctness/score.ts';
import { evaluationFolder } from './evaluate.ts';
import { publishWinner } from './publish.ts';

const scratch = mkdtempSync(join(tmpdir(), 'aim-publish-'));
afterAll(() => rmSync(scratch, { recursive: true }));
const TEXT = readFileSync(
  join(
    import.meta.dirname,
    '../../../../profiles/meta-llama/Llama-3.1-8B-Instruct/vllm-mi300x-fp16-tp1-throughput.yaml',
  ),
  'utf8',
);

/** A candidate that was measured fully. */
function measure(key: string, tokenMs: number, seqs: number) {
  const path = join(scratch, `${key}.yaml`);
  const text = TEXT.replace(/max-num-seqs: \d+/, `max-num-seqs: ${seqs}`);
  writeFileSync(path, text);
  const folder = evaluationFolder(scratch, key, 'full');
  mkdirSync(folder, { recursive: true });
  writeRun(folder, [{ profile: key, concurrency: 4, tokens: 8, tokenMs }]);
  const digest = createHash('sha256').update(text).digest('hex');
  const servers = [{ subject: { profile: key, file: path, digest } }];
  writeFileSync(join(folder, 'run.json'), JSON.stringify({ plan: { servers } }));
  return { key, path };
}

it('names profiles as readers know them, and takes the place of no other file unasked', () => {
  const answers = { profileFileDigest: null, answers: [] } as unknown as Answers;
  const request = {
    ...{ folder: scratch, answers, reference: answers, config: DEFAULT_BENCH_CONFIG, force: false },
    ...{ winner: measure('1', 6, 64), base: measure('0', 8, 128) },
    name: 'acme/Model/slow',
    output: join(scratch, 'acme/Model/fast.yaml'),
    outputName: 'acme/Model/fast',
  };
  const written = publishWinner(request);
  expect(loadEvidence(written.evidence ?? '')).toMatchObject({
    profile: 'acme/Model/fast',
    best: { profile: 'acme/Model/slow' },
  });
  // A search that is resumed writes the same once more.
  expect(publishWinner(request)).toEqual(written);
  writeFileSync(request.output, 'mine');
  expect(() => publishWinner(request)).toThrow(expect.objectContaining({ code: 'check-failed' }));
  expect(readFileSync(request.output, 'utf8')).toBe('mine');
  publishWinner({ ...request, force: true });
  expect(readFileSync(request.output, 'utf8')).toContain('max-num-seqs: 64');
});
