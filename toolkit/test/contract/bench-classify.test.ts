import { createHash } from 'node:crypto';
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { renderPrompt, QUESTIONS } from '../../src/bench/correctness/questions.ts';
import { loadAnswers } from '../../src/bench/correctness/answers-file.ts';
import { digestQuestions } from '../../src/bench/correctness/score.ts';
import { loadModelProfiles } from '../../src/images/catalog.ts';
import { lintWithOptions } from '../../src/lint/main.ts';
import { listCatalogue } from '../../src/profiles/list.ts';
import type { ServerIdentity } from '../../src/bench/host.ts';
import { aimctl, checkedJson, REPOSITORY, type Outcome } from '../lib/aimctl.ts';
import { writeRun, type PointPlan } from '../lib/bench-run.ts';
import { event, startScriptedServer, STREAM_END, STREAM_HEAD } from '../lib/bench-scripted-server.ts';

const scratch = mkdtempSync(join(tmpdir(), 'aim-classify-'));
afterAll(() => rmSync(scratch, { recursive: true }));

const FAST = 'acme/Model/vllm-mi300x-fp16-tp1-throughput';
const SLOW = 'acme/Model/vllm-mi300x-fp16-tp2-throughput';
const GENERAL = 'general/vllm-mi300x-fp16-tp1-throughput';
let count = 0;
let profiles = '';
let run = '';

const pathOf = (name: string) => join(profiles, `${name}.yaml`);
const evidenceOf = (name: string) => join(profiles, name.replace(/([^/]+)$/, 'bench/$1.json'));
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

function writeProfile(name: string, type: string, gpuCount = 1): void {
  const owner = name.startsWith('general/') ? '' : 'aim_id: acme/Model\nmodel_id: acme/Model\n';
  mkdirSync(dirname(pathOf(name)), { recursive: true });
  writeFileSync(
    pathOf(name),
    `# SPDX-License-Identifier: MIT\n${owner}metadata:\n  engine: vllm\n  gpu: MI300X\n  precision: fp16\n  gpu_count: ${gpuCount}\n` +
      `  metric: throughput\n  manual_selection_only: false\n  type: ${type} # as measured\nengine_args:\n  # enough\n  max-num-seqs: 256\n` +
      `  tensor-parallel-size: ${gpuCount}\nenv_vars: {}\n`,
  );
}

/** A run of the given profiles, as `aimctl bench` writes it. */
function measure(plans: readonly Omit<PointPlan, 'concurrency'>[]): string {
  const folder = join(scratch, `run-${++count}`);
  mkdirSync(folder);
  writeRun(
    folder,
    plans.map((plan) => ({ cv: 0.002, concurrency: 8, ...plan })),
  );
  const servers = plans.map(({ profile }) => {
    const file = pathOf(profile);
    return { subject: { profile, file, digest: sha256(readFileSync(file, 'utf8')) } };
  });
  writeFileSync(join(folder, 'run.json'), JSON.stringify({ plan: { servers } }));
  return folder;
}

const classify = (...args: string[]): Outcome =>
  aimctl(['bench', 'classify', '--profiles', profiles, ...args, '--json']);
interface Report {
  readonly profiles: readonly { profile: string; type: string | null; reasons: readonly string[] }[];
  readonly written: readonly { path: string; outcome: string }[];
}
function report(outcome: Outcome): Report {
  expect(outcome.status, outcome.stderr).toBe(0);
  return checkedJson('bench-classify', outcome) as Report;
}

beforeEach(() => {
  profiles = join(scratch, `catalogue-${++count}/profiles`);
  writeProfile(FAST, 'unoptimized');
  writeProfile(SLOW, 'optimized', 2);
  writeProfile(GENERAL, 'general');
  run = measure([
    { profile: FAST, tokenMs: 6 },
    { profile: SLOW, tokenMs: 8, gpus: 2 },
    { profile: GENERAL, tokenMs: 8 },
  ]);
});

/** Answers to the text of a profile that was measured. */
function writeAnswers(name: string, textOf: (at: number) => string, other: Partial<ServerIdentity> = {}): string {
  const file = join(scratch, `answers-${++count}.json`);
  const [identity] = (
    JSON.parse(readFileSync(join(run, 'result.json'), 'utf8')) as { points: { identity: object }[] }
  ).points.map((point) => point.identity);
  const answers = QUESTIONS.map(({ id }, at) => ({ id, text: textOf(at), outcome: 'ok' }));
  const profileFileDigest = sha256(readFileSync(pathOf(name), 'utf8'));
  const head = { schemaVersion: 1, questions: digestQuestions(), profile: name, profileFileDigest };
  writeFileSync(
    file,
    JSON.stringify({ ...head, identity: { ...identity, ...other }, takenAt: '2026-01-02T03:04:05Z', answers }),
  );
  return file;
}
const right = (at: number) => `Answer: ${QUESTIONS[at]!.answer}`;

async function lint(minimum: string): Promise<readonly { severity: string; message: string }[]> {
  const rules = ['optimized-evidence'];
  const options = { paths: [profiles], cwd: profiles, config: undefined, version: undefined, rules, fix: false };
  const { findings } = await lintWithOptions(options);
  return findings.filter(({ severity }) => minimum === 'info' || severity !== 'info');
}

describe('aimctl bench classify', () => {
  it('tells types with reasons, and writes nothing by itself', () => {
    const before = readFileSync(pathOf(FAST), 'utf8');
    const { profiles: found, written } = report(classify(run));
    expect(found.map(({ profile, type }) => [profile, type])).toEqual([
      [FAST, 'preview'],
      [SLOW, 'unoptimized'],
    ]);
    expect(found[0]!.reasons.join()).toContain('the answers were not checked');
    expect(written).toEqual([]);
    expect(readFileSync(pathOf(FAST), 'utf8')).toBe(before);
    const text = aimctl(['bench', 'classify', '--profiles', profiles, run]).stdout;
    expect(text).toContain(`${FAST}: +`);
  });

  it('writes types and evidence once, keeping comments, and lint believes them', async () => {
    expect(await lint('info')).toMatchObject([{ severity: 'info' }]);
    const answers = writeAnswers(FAST, right);
    const dry = report(classify(run, '--answers', answers, '--write', '--dry-run'));
    expect(dry.written.map(({ outcome }) => outcome)).toEqual(['created', 'replaced', 'created', 'replaced']);
    expect(existsSync(evidenceOf(FAST))).toBe(false);
    const first = report(classify(run, '--answers', answers, '--write'));
    expect(first.profiles[0]).toMatchObject({ type: 'optimized' });
    expect(first.written).toEqual(dry.written);
    expect(readFileSync(pathOf(FAST), 'utf8')).toContain('type: optimized # as measured\nengine_args:\n  # enough\n');
    const again = report(classify(run, '--write'));
    expect(again.profiles[0]).toMatchObject({ type: 'optimized' });
    expect(again.written.map(({ outcome }) => outcome)).toEqual(['unchanged', 'unchanged']);
    expect(await lint('info')).toEqual([]);
    const evidence = JSON.parse(readFileSync(evidenceOf(FAST), 'utf8')) as object;
    expect(evidence).toMatchObject({ type: 'optimized', gate: { passed: true }, figure: { estimate: { n: 3 } } });
  });

  it('is not read as a profile by builds and lists', () => {
    report(classify(run, '--write'));
    expect(existsSync(evidenceOf(FAST))).toBe(true);
    expect(loadModelProfiles(profiles, 'acme/Model')).toHaveLength(2);
    const any = { model: 'acme/Model', ...{ gpu: undefined, engine: undefined, precision: undefined } };
    const { profiles: listed, invalid } = listCatalogue(profiles, { ...any, metric: undefined, type: undefined });
    expect([listed.length, invalid.length]).toEqual([2, 0]);
  });

  it('lint sees evidence that is damaged, about another content, or for another type', async () => {
    report(classify(run, '--write'));
    const file = pathOf(FAST);
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replace('max-num-seqs: 256', 'max-num-seqs: 128'));
    expect(await lint('warning')).toMatchObject([{ message: expect.stringContaining('was changed') as string }]);
    expect(report(classify(run)).profiles[0]).toMatchObject({ type: null });
    writeFileSync(file, text.replace('type: preview', 'type: optimized'));
    expect(await lint('warning')).toMatchObject([{ message: expect.stringContaining('says preview') as string }]);
    writeFileSync(file, text);
    writeFileSync(evidenceOf(FAST), '{}');
    expect(await lint('warning')).toMatchObject([{ message: expect.stringContaining('is no evidence') as string }]);
  });

  it('stops a profile that is fast because it answers nonsense', () => {
    const answers = writeAnswers(FAST, () => '!!!!');
    const [fast] = report(classify(run, '--answers', answers)).profiles;
    expect(fast).toMatchObject({ type: 'unoptimized' });
    expect(fast!.reasons[0]).toContain('the answers are not right');
  });

  it('compares with evidence of profiles that this run did not measure', () => {
    const both = report(classify(run, '--answers', writeAnswers(FAST, right), '--write'));
    expect(both.profiles[0]).toMatchObject({ type: 'optimized' });
    const other = 'acme/Model/vllm-mi300x-fp16-tp4-throughput';
    writeProfile(other, 'unoptimized', 4);
    const later = measure([
      { profile: other, tokenMs: 7, gpus: 1 },
      { profile: GENERAL, tokenMs: 8 },
    ]);
    const [found] = report(classify(later, '--answers', writeAnswers(other, right))).profiles;
    expect(found).toMatchObject({ type: 'preview' });
    expect(found!.reasons.join()).toContain('of the best known');
  });

  it.each<[string, Partial<ServerIdentity>]>([
    ['another image digest', { imageDigest: 'sha256:fedcba' }],
    ['another engine version', { engineVersion: '0.12.0' }],
    ['another GPU', { gpu: 'MI325X' }],
    ['another model', { model: 'acme/Other' }],
  ])('takes no answers of %s', (says, identity) => {
    const [fast] = report(classify(run, '--answers', writeAnswers(FAST, right, identity))).profiles;
    expect(fast).toMatchObject({ type: 'preview' });
    expect(fast!.reasons.join()).toContain(`the answers were not checked: they are of ${says}`);
  });

  it('takes answers of a server whose image digest is not known', () => {
    const known = report(classify(run, '--answers', writeAnswers(FAST, right, { imageDigest: null })));
    expect(known.profiles[0]).toMatchObject({ type: 'optimized' });
  });

  it('judges stored answers by the limits of now, and not for another server', () => {
    const mostly = (at: number) => (at % 10 === 0 ? 'Answer: -1' : right(at));
    report(classify(run, '--answers', writeAnswers(FAST, mostly), '--write'));
    const config = join(scratch, 'strict.yaml');
    writeFileSync(config, 'bench:\n  least-correct: 0.99\n');
    expect(report(classify(run)).profiles[0]).toMatchObject({ type: 'optimized' });
    expect(report(classify(run, '--config', config)).profiles[0]).toMatchObject({ type: 'unoptimized' });
    const newer = { engineVersion: '0.12.0' };
    const later = measure([
      { profile: FAST, tokenMs: 6, identity: newer },
      { profile: GENERAL, tokenMs: 8, identity: newer },
    ]);
    const reasons: unknown = expect.arrayContaining([expect.stringContaining('another engine version')]);
    expect(report(classify(later)).profiles[0]).toMatchObject({ type: 'preview', reasons });
  });

  const measureFasterRival = () =>
    measure([
      { profile: FAST, tokenMs: 6 },
      { profile: SLOW, tokenMs: 4, gpus: 1 },
      { profile: GENERAL, tokenMs: 8 },
    ]);

  it('does not hold a profile against one that answers wrongly', () => {
    const faster = measureFasterRival();
    const own = ['--answers', writeAnswers(FAST, right)];
    expect(report(classify(faster, ...own)).profiles[0]).toMatchObject({ type: 'preview' });
    const wrong = ['--answers', writeAnswers(SLOW, () => '!!!!')];
    expect(report(classify(faster, ...own, ...wrong)).profiles[0]).toMatchObject({ type: 'optimized' });
    // What was found out about it is kept.
    report(classify(faster, ...own, ...wrong, '--write'));
    const without = [FAST, GENERAL].map((profile) => ({ profile, tokenMs: profile === FAST ? 6 : 8 }));
    expect(report(classify(measure(without))).profiles[0]).toMatchObject({ type: 'optimized' });
  });

  it.each([GENERAL, SLOW])('compares with no other text of %s than was measured', (name) => {
    const faster = measureFasterRival();
    const answers = ['--answers', writeAnswers(FAST, right)];
    expect(report(classify(faster, ...answers)).profiles[0]).toMatchObject({ type: 'preview' });
    const text = readFileSync(pathOf(name), 'utf8');
    writeFileSync(pathOf(name), text.replace('max-num-seqs: 256', 'max-num-seqs: 128'));
    const [fast] = report(classify(faster, ...answers)).profiles;
    expect(fast!.type).toBe(name === GENERAL ? 'unoptimized' : 'optimized');
  });

  it('remembers a profile that this run could not measure', () => {
    const good = measure([
      { profile: SLOW, tokenMs: 4, gpus: 1 },
      { profile: GENERAL, tokenMs: 8 },
    ]);
    report(classify(good, '--write'));
    const bad = measure([
      { profile: FAST, tokenMs: 6 },
      { profile: SLOW, tokenMs: 4, gpus: 1, invalid: true },
      { profile: GENERAL, tokenMs: 8 },
    ]);
    const [fast] = report(classify(bad, '--answers', writeAnswers(FAST, right))).profiles;
    expect(fast).toMatchObject({ type: 'preview' });
    expect(fast!.reasons.join()).toContain('of the best known');
  });

  it('is no rival of itself under an older name', () => {
    const answers = ['--answers', writeAnswers(FAST, right)];
    report(classify(run, ...answers, '--write'));
    const evidence = JSON.parse(readFileSync(evidenceOf(FAST), 'utf8')) as { figure: { estimate: { mean: number } } };
    evidence.figure.estimate.mean *= 2;
    writeFileSync(evidenceOf(FAST), JSON.stringify({ ...evidence, profile: 'vllm-mi300x-fp16-tp1-throughput' }));
    expect(report(classify(run, ...answers)).profiles[0]).toMatchObject({ type: 'optimized' });
  });

  it.each([
    { args: ['/none'], says: 'there is no /none/result.json' },
    { args: [], says: 'run' },
    { args: ['RUN', '--answers', '/none.json'], says: 'cannot read /none.json' },
    { args: ['RUN', '--answers', join(REPOSITORY, 'package.json')], says: 'holds no answers' },
    { args: ['RUN', '--config', '/none.yaml'], says: 'cannot read /none.yaml' },
    { args: ['RUN', '--dry-run'], says: '--write' },
  ])('refuses $args', ({ args, says }) => {
    const outcome = classify(...args.map((arg) => (arg === 'RUN' ? run : arg)));
    const { error } = checkedJson('error', outcome) as { error: { message: string } };
    expect([outcome.status, error.message]).toEqual([2, expect.stringContaining(says)]);
  });
});

describe('aimctl bench check', () => {
  /** Answers what the question asks for, or nonsense of the same speed. */
  const serve = (isGarbage: boolean) =>
    startScriptedServer(({ path, body, socket }) => {
      const plain = (text: string, status = '200 OK') =>
        `HTTP/1.1 ${status}\r\ncontent-length: ${text.length}\r\n\r\n${text}`;
      if (path === '/health') socket.write(plain(''));
      else if (path === '/v1/models') socket.write(plain('{"data":[{"id":"acme/Model"}]}'));
      else if (path !== '/v1/chat/completions') socket.write(plain('{}', '404 Not Found'));
      else {
        const { messages, temperature } = JSON.parse(body) as { messages: { content: string }[]; temperature: number };
        const asked = QUESTIONS.find((question) => renderPrompt(question) === messages[0]?.content);
        const content = isGarbage || temperature !== 0 ? '!!!!!!' : `So.\nAnswer: ${asked?.answer}`;
        const usage = { prompt_tokens: 9, completion_tokens: 3 };
        const choices = [{ index: 0, delta: { content }, finish_reason: 'stop' }];
        socket.write(STREAM_HEAD + event({ choices, usage }) + event('[DONE]') + STREAM_END);
      }
    });
  const check = (url: string, ...args: string[]) =>
    new Promise<Outcome>((resolve) => {
      const program = join(REPOSITORY, 'toolkit/bin/aimctl.js');
      const all = [program, 'bench', 'check', '--url', url, ...args, '--json'];
      execFile(process.execPath, all, { cwd: scratch }, (error, stdout, stderr) => {
        resolve({ status: error === null ? 0 : Number(error.code), stdout, stderr });
      });
    });

  it('passes a server that answers rightly and stops one that does not', async () => {
    const good = await serve(false);
    const bad = await serve(true);
    const output = join(scratch, 'answers');
    const passed = await check(good.url, '--output', output);
    expect(passed.status, passed.stderr).toBe(0);
    expect(checkedJson('bench-check', passed)).toMatchObject({ checks: [{ gate: { passed: true, correct: 1 } }] });
    const reference = join(output, 'server.answers.json');
    expect(loadAnswers(reference).identity.model).toBe('acme/Model');
    for (const known of [reference, good.url]) {
      const stopped = await check(bad.url, '--output', join(scratch, 'bad'), '--reference', known);
      expect(stopped.status, stopped.stderr).toBe(3);
      const { checks } = checkedJson('bench-check', stopped) as { checks: { gate: { reference: object } }[] };
      expect(checks[0]!.gate.reference).toMatchObject({ correct: 1, agreement: 0 });
    }
    await good.close();
    await bad.close();
  });
});
