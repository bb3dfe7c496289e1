import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadAll } from 'js-yaml';
import { afterAll, describe, expect, it } from 'vitest';
import { aimctl, checkedJson, REPOSITORY } from '../lib/aimctl.ts';

const scratch = mkdtempSync(join(tmpdir(), 'aimctl-deploy-'));
afterAll(() => rmSync(scratch, { recursive: true }));

const MODEL = 'meta-llama/Llama-3.1-8B-Instruct';
const deploy = (...args: string[]) => aimctl(['deploy', ...args]);

interface Report {
  readonly profile: string;
  readonly image: string;
  readonly notes: readonly string[];
  readonly objects: readonly { readonly kind: string; readonly name: string }[];
  readonly files: readonly { readonly name: string; readonly text: string; readonly written: string | null }[];
}

describe('aimctl deploy', () => {
  it.each(['kubernetes', 'helm', 'kserve', 'aim-operator', 'compose', 'docker'])(
    'prints for %s what its schema says and exits with 0',
    (target) => {
      const run = deploy(MODEL, '--target', target, '--json');
      const { files, objects } = checkedJson('deploy', run) as Report;
      expect(run.status).toBe(0);
      expect(files.length).toBeGreaterThan(0);
      expect(objects.length > 0).toBe(!['compose', 'docker'].includes(target));
    },
  );

  it('prints documents that kubectl takes from a pipe', () => {
    const { stdout, status } = deploy(MODEL, '--target', 'kubernetes', '--registry', 'ghcr.io/org');
    expect(status).toBe(0);
    const kinds = loadAll(stdout).map((document) => (document as { kind: string }).kind);
    expect(kinds).toEqual(['PersistentVolumeClaim', 'Deployment', 'Service', 'PodDisruptionBudget']);
  });

  it('writes files once, leaves equal ones, and asks before it replaces others', () => {
    const output = join(scratch, 'out');
    const first = checkedJson('deploy', deploy(MODEL, '--target', 'helm', '--output', output, '--json')) as Report;
    expect(first.files.every(({ written }) => written === 'created')).toBe(true);
    expect(readdirSync(output).sort()).toEqual(['Chart.yaml', 'templates', 'values.schema.json', 'values.yaml']);
    const again = checkedJson('deploy', deploy(MODEL, '--target', 'helm', '--output', output, '--json')) as Report;
    expect(again.files.every(({ written }) => written === 'unchanged')).toBe(true);
    writeFileSync(join(output, 'values.yaml'), 'mine: true\n');
    const refused = deploy(MODEL, '--target', 'helm', '--output', output);
    expect(refused).toMatchObject({ status: 3, stderr: expect.stringContaining('values.yaml') as string });
    expect(readFileSync(join(output, 'values.yaml'), 'utf8')).toBe('mine: true\n');
    expect(deploy(MODEL, '--target', 'helm', '--output', output, '--force').status).toBe(0);
    expect(readdirSync(output).some((name) => name.includes('.tmp'))).toBe(false);
  });

  it("hands a profile of the user's own over where the image does not hold it", () => {
    const file = join(scratch, 'mine.yaml');
    const own = readFileSync(join(REPOSITORY, `profiles/${MODEL}/vllm-mi300x-fp16-tp1-latency.yaml`), 'utf8');
    writeFileSync(file, own);
    const { files, profile } = checkedJson(
      'deploy',
      deploy(MODEL, '--target', 'kubernetes', '--profile', file, '--json'),
    ) as Report;
    expect(profile).toBe(`custom/${MODEL}/mine`);
    const map = files.find(({ name }) => name === 'config-map.yaml')!;
    const [{ data }] = loadAll(map.text) as [{ data: Record<string, string> }];
    expect(loadAll(data['mine.yaml']!)).toEqual(loadAll(own));
    const script = checkedJson('deploy', deploy(MODEL, '--target', 'docker', '--profile', file, '--json')) as Report;
    expect(script.files.map(({ name }) => name)).toEqual(['run.sh', 'mine.yaml']);
  });

  it('serves a model without profiles of its own from the base image with a profile that is named', () => {
    const profile = ['--profile', 'general/vllm-mi300x-fp16-tp1-latency'];
    const report = checkedJson(
      'deploy',
      deploy('nobody/New', '--target', 'kubernetes', ...profile, '--json'),
    ) as Report;
    expect(report.image).toBe('aim-base:0.9');
    expect(report.files.map(({ text }) => text).join()).toContain(
      'name: AIM_MODEL_ID\n              value: nobody/New',
    );
    expect(report.notes.join()).toMatch(/dimensions of the model are not known/);
  });

  it.each([
    [['Qwen/Qwen3-32b-x', '--target', 'kubernetes'], 2, /no profiles of the model[^]*Did you mean Qwen\/Qwen3-32B/],
    [['qwen3', '--target', 'kubernetes'], 2, /no model of the form/],
    [[MODEL], 2, /Missing required flag target/],
    [[MODEL, '--target', 'nomad'], 2, /nomad/],
    [[MODEL, '--target', 'kubernetes', '--output', ''], 2, /--output names no folder/],
    [[MODEL, '--target', 'kubernetes', '--output', '/proc/none'], 4, /cannot write \/proc\/none/],
    [
      [MODEL, '--target', 'kubernetes', '--profile', 'vllm-mi300x-fp16-tp1-latncy'],
      2,
      /Did you mean vllm-mi300x-fp16-tp1-latency/,
    ],
    [
      [MODEL, '--target', 'kubernetes', '--profile', 'vllm-mi300x-fp16-tp1-latency', '--gpu-model', 'MI325X'],
      2,
      /is for MI300X, not for MI325X/,
    ],
    [[MODEL, '--target', 'kubernetes', '--gpu-model', 'MI30X'], 2, /Did you mean MI300X/],
    [[MODEL, '--target', 'kubernetes', '--name', 'My_Model'], 2, /no name of a deployment/],
    [[MODEL, '--target', 'kubernetes', '--namespace', 'a/b'], 2, /no name of a namespace/],
    [[MODEL, '--target', 'kubernetes', '--replicas', '2'], 2, /cannot share a volume/],
    [[MODEL, '--target', 'kubernetes', '--replicas', '0'], 2, /replicas/],
    [[MODEL, '--target', 'kubernetes', '--cache-size', '5GB'], 2, /--cache-size/],
    [[MODEL, '--target', 'kubernetes', '--cache', 'hostpath', '--cache-path', '../x'], 2, /--cache-path/],
    [[MODEL, '--target', 'kubernetes', '--image', 'UPPER/Case'], 2, /no image reference/],
    [[MODEL, '--target', 'kubernetes', '--env', 'HF_TOKEN=abc'], 2, /would write a secret/],
    [[MODEL, '--target', 'kubernetes', '--engine-args', '{"max-model-ln":1}'], 2, /max-model-len/],
    [[MODEL, '--target', 'kubernetes', '--engine-args', 'x'], 2, /--engine-args/],
    [
      [MODEL, '--target', 'aim-operator', '--image', 'ghcr.io/x/aim-base:0.9'],
      2,
      /the AIM operator serves images of a model/,
    ],
    [
      [
        'meta-llama/Llama-3.3-70B-Instruct',
        '--target',
        'kubernetes',
        '--engine-args',
        '{"max-model-len":131072,"gpu-memory-utilization":0.3}',
        '--gpu-count',
        '1',
      ],
      3,
      /does not fit/,
    ],
    [[MODEL, '--target', 'kubernetes', '--pin', '--registry', 'localhost:1'], 5, /localhost:1/],
  ])('refuses %j', (args, status, message) => {
    const run = deploy(...args);
    expect(run.stderr).toMatch(message);
    expect([run.status, run.stdout]).toEqual([status, '']);
  });

  it('reports a failure as an object too', () => {
    const run = deploy(MODEL, '--target', 'kubernetes', '--replicas', '2', '--json');
    expect(checkedJson('error', run)).toMatchObject({ error: { code: 'usage' } });
    expect(run.status).toBe(2);
  });

  it('says when it may not write, and leaves nothing', () => {
    const file = join(scratch, 'a-file');
    writeFileSync(file, '');
    const run = deploy(MODEL, '--target', 'compose', '--output', join(file, 'below'));
    expect(run).toMatchObject({ status: 4, stderr: expect.stringContaining('cannot write') as string });
    mkdirSync(join(scratch, 'empty'));
    expect(readdirSync(join(scratch, 'empty'))).toEqual([]);
  });
});
