import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Flags } from '@oclif/core';
import { Ajv } from 'ajv';
import { afterAll, describe, expect, it } from 'vitest';
import { BaseCommand } from '../../src/cli/base-command.ts';
import { TOPICS } from '../../src/cli/topics.ts';
import { JSON_FORMAT_COMMANDS } from '../../src/cli/failure-settings.ts';
import { COMMANDS } from '../../src/commands/index.ts';
import { EXIT_CODES } from '../../src/exit-codes.ts';

const REPOSITORY = join(import.meta.dirname, '../../..');
const AIMCTL = join(REPOSITORY, 'toolkit/bin/aimctl.js');
const scratch = mkdtempSync(join(tmpdir(), 'aimctl-contract-'));
const runtime = join(scratch, 'aim-runtime');
writeFileSync(runtime, 'not a real one');
afterAll(() => rmSync(scratch, { recursive: true }));

function aimctl(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const env = { ...process.env, DOCKER_HOST: 'unix:///nonexistent.sock', SOURCE_DATE_EPOCH: '1750000000' };
  return spawnSync(process.execPath, [AIMCTL, ...args], { env, encoding: 'utf8' });
}

function matches(schema: string, value: unknown): true | string {
  const ajv = new Ajv({ strict: true, allowUnionTypes: true });
  const validate = ajv.compile(
    JSON.parse(readFileSync(join(REPOSITORY, 'schemas/cli', `${schema}.schema.json`), 'utf8')) as object,
  );
  return validate(value) ? true : ajv.errorsText(validate.errors);
}

interface FlagFacts {
  readonly type: string;
  readonly env?: string;
  readonly description?: string;
  readonly options?: readonly string[];
  readonly helpValue?: string | readonly string[];
  readonly multiple?: boolean;
}

const flagsOf = (command: (typeof COMMANDS)[keyof typeof COMMANDS]) =>
  Object.entries<FlagFacts>({ ...command.baseFlags, ...command.flags });

describe('commands and flags', () => {
  it('are those of the reviewed list', async () => {
    const surface = Object.entries(COMMANDS).map(([name, command]) => {
      const lines = flagsOf(command).map(([flag, { type, env, options }]) => {
        const values = options?.join('|') ?? type;
        return `  --${flag} (${values}) ${env ?? 'no variable'}`;
      });
      return [`${name} ${Object.keys(command.args).join(' ')}`.trimEnd(), ...lines.sort()].join('\n');
    });
    await expect(`${surface.join('\n\n')}\n`).toMatchFileSnapshot('cli-surface.txt');
  });

  it('each have an environment variable, a description and examples', () => {
    for (const command of Object.values(COMMANDS)) {
      expect(command.examples.length).toBeGreaterThan(0);
      for (const [name, flag] of flagsOf(command)) {
        expect(flag.description, name).toBeTruthy();
        expect(flag.env, name).toMatch(/^AIMCTL_[A-Z_]+$/);
      }
    }
  });

  it('read one kind of value from each environment variable, whatever command is run', () => {
    const all = Object.values(COMMANDS).flatMap((command) => flagsOf(command));
    const byVariable = Map.groupBy(all, ([, { env }]) => env);
    for (const [variable, flags] of byVariable) {
      const kinds = flags.map(([, { type, helpValue = '', options, multiple = false }]) =>
        [type, String(options?.join('|') ?? helpValue), multiple ? 'several' : 'one'].join(' '),
      );
      expect([...new Set(kinds)], variable).toHaveLength(1);
    }
  });

  it('have exact types: a misspelled flag does not compile', async () => {
    class Probe extends BaseCommand {
      static override flags = { known: Flags.string({ default: 'value' }) };
      override async run(): Promise<unknown[]> {
        const { flags } = await this.parse(Probe);
        // @ts-expect-error This is what the base flags are for: without them the name would be accepted.
        const misspelled: unknown = flags.unknown;
        return [flags.known, misspelled];
      }
    }
    expect(await Probe.run([], REPOSITORY)).toEqual(['value', undefined]);
  });

  it.each(Object.keys(COMMANDS))('%s explains itself with --help', (name) => {
    const run = aimctl(name, '--help');
    expect(run.status).toBe(0);
    expect(run.stdout).toContain('EXAMPLES');
    expect(run.stderr).toBe('');
  });
});

describe('the list of all commands', () => {
  it('says of every topic what it is for, and not what its first command does', () => {
    const topics = new Set(Object.keys(COMMANDS).flatMap((name) => /^(.+):/.exec(name)?.[1] ?? []));
    expect(Object.keys(TOPICS)).toEqual([...topics].sort());
    const help = aimctl('--help').stdout.replaceAll(/\s+/g, ' ');
    for (const { description } of Object.values(TOPICS)) expect(help).toContain(description);
  });

  it('of aim-engine has no topics', () => {
    const program = join(REPOSITORY, 'toolkit/bin/aim-engine.js');
    const { stdout } = spawnSync(process.execPath, [program, '--help'], { encoding: 'utf8' });
    expect(stdout).toContain('COMMANDS');
    expect(stdout).not.toContain('TOPICS');
  });
});

describe('--json', () => {
  it('prints plans that satisfy the schemas, without an engine', () => {
    const base = aimctl('build-base', '--runtime', runtime, '--dry-run', '--json');
    expect(base.status).toBe(0);
    expect(matches('build-base', JSON.parse(base.stdout))).toBe(true);
    const models = aimctl('build-model', '--all', '--dry-run', '--json');
    expect(models.status).toBe(0);
    const { plans } = JSON.parse(models.stdout) as { plans: unknown[] };
    expect(matches('build-model', { plans })).toBe(true);
    expect(plans.length).toBeGreaterThan(0);
  });

  it.each([
    { args: ['build-model', 'nobody/Nothing'], code: 'usage' },
    { args: ['build-model'], code: 'usage' },
    { args: ['build-base', '--no-such-flag'], code: 'usage' },
    { args: ['no-such-command'], code: 'usage' },
    { args: ['build-base', '--registry', 'https://ghcr.io'], code: 'usage' },
    { args: ['images'], code: 'environment' },
    { args: ['build-base', '--runtime', '/nonexistent'], code: 'environment' },
  ] as const)('reports the failure of $args as an object, with the same exit status as without', ({ args, code }) => {
    const json = aimctl(...args, '--json');
    expect(matches('error', JSON.parse(json.stdout))).toBe(true);
    expect(JSON.parse(json.stdout)).toMatchObject({ error: { code } });
    const text = aimctl(...args);
    expect([json.status, text.status]).toEqual([EXIT_CODES[code], EXIT_CODES[code]]);
    expect(text.stdout).toBe('');
    expect(text.stderr).toMatch(/^Error: /);
  });

  it('has --format json as another name, for failures too', () => {
    const named = Object.entries(COMMANDS).filter(([, command]) =>
      flagsOf(command).some(
        ([flag, { description = '' }]) => flag === 'format' && description.includes('same as --json'),
      ),
    );
    expect(named.map(([name]) => name).sort()).toEqual(JSON_FORMAT_COMMANDS);
    for (const args of [
      ['images', '--format=json'],
      ['lint', '/nonexistent', '--format', 'json'],
    ]) {
      const { status, stdout, stderr } = aimctl(...args);
      expect(matches('error', JSON.parse(stdout)), args[0]).toBe(true);
      expect([status === 0, stderr]).toEqual([false, '']);
    }
    expect(aimctl('lint', '/nonexistent', '--format', 'json', '--format', 'text').stdout).toBe('');
  });

  it.each(['plan', 'push'])('%s without a registry asks for one, in the words of its own flags', (command) => {
    const { status, stderr } = aimctl(command, '--all');
    expect(status).toBe(EXIT_CODES.usage);
    expect(stderr).toMatch(new RegExp(`^Error: ${command} .*registry, and none was named\\n.*--registry ghcr.io`));
  });

  it('names file, line and column of an invalid profile', () => {
    const folder = join(scratch, 'profiles/acme/Broken');
    mkdirSync(folder, { recursive: true });
    const metadata = readFileSync(join(REPOSITORY, 'profiles/meta-llama/Llama-3.1-8B-Instruct/metadata.yaml'), 'utf8');
    writeFileSync(join(folder, 'metadata.yaml'), metadata);
    writeFileSync(join(folder, 'x.yaml'), 'aim_id: acme/Broken\nmodel_id: acme/Broken\nmetadata:\n  engine: vlmm\n');
    const run = aimctl('build-model', 'acme/Broken', '--profiles', join(scratch, 'profiles'), '--json');
    expect(run.status).toBe(EXIT_CODES['check-failed']);
    const { error } = JSON.parse(run.stdout) as { error: { details: string[] } };
    expect(error.details).toContainEqual(expect.stringMatching(/acme\/Broken\/x\.yaml:4:\d+: .*vlmm/));
  });
});
