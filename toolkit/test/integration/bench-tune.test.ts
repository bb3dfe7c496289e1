import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseEvidence } from '../../src/bench/classify/evidence-file.ts';
import { loadProfile } from '../../src/profiles/find.ts';
import { checkedJson, REPOSITORY } from '../lib/aimctl.ts';
import { containersOf } from '../lib/bench-kills.ts';
import { createEndpointHost, type EndpointHost } from '../lib/endpoint-host.ts';
import { findTestEngine } from './engine.ts';

const MODEL = 'meta-llama/Llama-3.1-8B-Instruct';
const PROFILE = `${MODEL}/vllm-mi300x-fp16-tp1-throughput`;

interface Report {
  readonly winner: { changes: string; gain: number };
  readonly written: { profile: string; evidence: string };
  readonly trials: readonly { changes: string; level: string; score: number | null; reason: string | null }[];
  readonly gates: readonly { gate: { passed: boolean } }[];
}

describe.skipIf((await findTestEngine()) === undefined)('aimctl bench tune on a Docker Engine', () => {
  let host: EndpointHost;
  const scratch = mkdtempSync(join(tmpdir(), 'aim-bench-tune-'));
  beforeAll(async () => {
    host = await createEndpointHost([MODEL], 2);
  });
  afterAll(() => {
    host.remove();
    rmSync(scratch, { recursive: true });
  });

  it('finds the better value through a crash and an interruption, and writes a profile with evidence', async () => {
    const profile = join(scratch, 'slow.yaml');
    const text = readFileSync(join(REPOSITORY, 'profiles', `${PROFILE}.yaml`), 'utf8');
    writeFileSync(profile, text.replace(/max-num-seqs: \d+/, 'max-num-seqs: 2'));
    // The simulator cannot calculate: its answers are only compared with each other.
    const config = join(scratch, 'config.yaml');
    writeFileSync(config, 'bench:\n  least-correct: 0\n');
    const [, image = ''] = host.images;
    // Only the first token takes time, and much of it: what else this machine does must not decide.
    const args = [
      ...['bench', 'tune', profile, '--image', image, '--config', config, '--output', join(scratch, 'search')],
      ...['--param', 'max-num-seqs=2,4', '--param', 'AIM_SIM_LOAD_SECONDS=never', '--first', '4', '--budget', '7'],
      ...['--concurrency', '4', '--requests', '8', '--input-len', '8', '--output-len', '1', '--repeats', '3'],
      ...['--env', 'AIM_SIM_TTFT_MS=250', '--env', 'AIM_SIM_TOKENS_PER_SECOND=0', '--json'],
    ];
    let cut = false;
    const first = await host.run(args, {
      onStderr: (stderr, kill) => {
        if (!cut && stderr.split('  score ').length > 1) kill('SIGINT');
        cut ||= stderr.split('  score ').length > 1;
      },
    });
    expect(first.status, first.stderr).toBe(130);
    expect(containersOf(image)).toEqual([]);
    const run = await host.run([...args, '--resume']);
    expect(run.status, run.stderr).toBe(0);
    // What was measured before is not measured again.
    expect(run.stderr).not.toContain('first: as it is (short)');
    const { winner, written, trials, gates } = checkedJson('bench-tune', run) as Report;
    expect(winner.changes).toBe('max-num-seqs=4');
    expect(winner.gain).toBeGreaterThan(1.5);
    const crashed = trials.filter(({ changes }) => changes.includes('AIM_SIM_LOAD_SECONDS=never'));
    expect(crashed.length).toBeGreaterThan(0);
    for (const { score, reason } of crashed) expect([score, reason]).toEqual([null, expect.stringContaining('ended')]);
    expect(gates).toMatchObject([{ gate: { passed: true } }]);
    expect(loadProfile(written.profile).engineArgs).toMatchObject({ 'max-num-seqs': 4 });
    expect(parseEvidence(readFileSync(written.evidence, 'utf8'))).toMatchObject({
      evidence: { profile: 'slow-tuned', best: { profile: 'slow' }, type: 'unoptimized', gate: { passed: true } },
    });
    expect(containersOf(image)).toEqual([]);
  }, 240_000);
});
