import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { deploymentName } from '../../src/deploy/plan.ts';
import { catalogueFolders, loadModels } from '../../src/models/catalogue.ts';
import { REPOSITORY } from '../lib/aimctl.ts';
import { findBlocks, PAGES, readPage, splitCommands, type ShellCommand } from '../lib/docs-blocks.ts';
import { aimctlArguments, imageVariables, parseAimctl, parseImageRun, type ImageRun } from '../lib/docs-commands.ts';

const scratch = mkdtempSync(join(tmpdir(), 'aimctl-docs-commands-'));
afterAll(() => rmSync(scratch, { recursive: true }));

const models = loadModels(catalogueFolders(REPOSITORY)).flatMap(({ profiles }) => profiles ?? []);
const commandsOf = (page: string) =>
  findBlocks(readPage(page)).flatMap(({ language, text }) => (language === 'sh' ? splitCommands(text) : []));
const withCommands = PAGES.filter((page) => commandsOf(page).length > 0);

/** Programs of others: their arguments are theirs to check. */
const FOREIGN = ['curl', 'helm', 'kubectl', 'openssl'];
const scripts = (JSON.parse(readFileSync(join(REPOSITORY, 'package.json'), 'utf8')) as { scripts: object }).scripts;
const makefile = readFileSync(join(REPOSITORY, 'Makefile'), 'utf8');

/** What is wrong with a command line; undefined for nothing. */
async function problemOf(command: ShellCommand): Promise<string | undefined> {
  const { words } = command;
  const [program = '', first = ''] = words;
  try {
    const args = aimctlArguments(command);
    if (args !== undefined) await parseAimctl(args);
    else if (program === 'docker') {
      const run = parseImageRun(command);
      if (run === undefined) return 'only docker run is shown';
      imageVariables(run.repository, models);
    } else if (program === 'make') {
      if (!makefile.includes(`\n${first}:`)) return 'no such target';
    } else if (program === 'npm') {
      if (first !== 'run' || !((words[2] ?? '') in scripts)) return 'no such script';
    } else if (program === 'curl') {
      const body = words.indexOf('-d');
      if (body !== -1) JSON.parse(words[body + 1] ?? '');
    } else if (!FOREIGN.includes(program)) return 'a program that this test does not know';
    return undefined;
  } catch (error) {
    return String(error);
  }
}

it('the reader of shell commands knows quotes, comments, pipes, redirections and continued lines', () => {
  const script = `A=1 one 'a b' "c \\"d\\"" --x='{"y": 1}' # not this\n\n# nor this\ntwo \\\n  three | four > file && five 'six seven'\n`;
  expect(splitCommands(script)).toEqual([
    { env: { A: '1' }, words: ['one', 'a b', 'c "d"', '--x={"y": 1}'] },
    { env: {}, words: ['two', 'three'] },
    { env: {}, words: ['four'] },
    { env: {}, words: ['five', 'six seven'] },
  ]);
});

it.each([
  ['aimctl lnt', /no such command/],
  ['aimctl deploy', /Missing 1 required arg/],
  ['aimctl deploy Qwen/Qwen3-32B --target moon', /--target/],
  ['npx aimctl plan --al', /Nonexistent flag/],
  ['docker run --privlieged aim-base:0.9', /not known/],
  ['docker run --rm aim-qwen-qwen9:0.9', /no model has the image/],
  ['make coffee', /no such target/],
  ["curl http://localhost:8000 -d '{x}'", /SyntaxError/],
])('would notice %s', async (line, problem) => {
  expect(await problemOf(splitCommands(line)[0]!)).toMatch(problem);
});

describe.each(withCommands)('the commands on %s', (page) => {
  it('exist, with these flags and values', async () => {
    const problems = await Promise.all(
      commandsOf(page).map(async (command) => ({
        command: command.words.join(' '),
        problem: await problemOf(command),
      })),
    );
    expect(problems.filter(({ problem }) => problem !== undefined)).toEqual([]);
  });
});

interface Ran {
  readonly command: string;
  readonly status: number;
  readonly stderr: string;
}

interface Surroundings {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

function run(file: string, args: readonly string[], options: Surroundings): Promise<Ran> {
  return new Promise((done) => {
    const child = execFile(process.execPath, [join(REPOSITORY, file), ...args], options, (_, __, stderr) => {
      done({ command: args.join(' '), status: child.exitCode ?? -1, stderr });
    });
  });
}

/** A folder with what commands are shown to work on, and no network, no engine and no settings of ours. */
function openFolder(page: string): Surroundings {
  const cwd = join(scratch, page.replaceAll(/[^A-Za-z0-9]+/g, '-'));
  mkdirSync(cwd);
  cpSync(join(REPOSITORY, 'aimctl.config.yaml'), join(cwd, 'aimctl.config.yaml'));
  // Written pages speak of files in a checkout; those of the models only of models.
  if (!page.startsWith('docs/models/'))
    for (const each of ['profiles', 'recipes', 'models'])
      cpSync(join(REPOSITORY, each), join(cwd, each), { recursive: true });
  const { PATH = '' } = process.env;
  const env = { PATH, HOME: cwd, SOURCE_DATE_EPOCH: '1750000000', HF_HUB_OFFLINE: '1' };
  return { cwd, env: { ...env, DOCKER_HOST: 'unix:///nonexistent.sock' } };
}

/** Commands of aimctl that need neither network nor engine, with or without one of these flags. */
const OFFLINE: Readonly<Record<string, readonly string[] | 'always'>> = {
  bench: ['--dry-run'],
  'bench:tune': ['--dry-run'],
  'build-base': ['--dry-run'],
  'build-model': ['--dry-run'],
  docs: ['--check'],
  estimate: 'always',
  lint: 'always',
  'model:list': 'always',
  'model:show': 'always',
  'model:validate': 'always',
  'profile:clone': ['--dry-run'],
  'profile:diff': 'always',
  'profile:fmt': ['--check'],
  'profile:list': 'always',
  'profile:new': 'always',
  'recipe:validate': 'always',
};

async function isOffline(args: readonly string[]): Promise<boolean> {
  const name = await parseAimctl(args);
  if (args.includes('--help')) return true;
  if (name === 'version') return !args.includes('--registry');
  if (name === 'deploy') return !args.includes('--apply');
  const needed = OFFLINE[name];
  return needed === 'always' || (needed?.some((flag) => args.includes(flag)) ?? false);
}

const TARGETS = ['kubernetes', 'kserve', 'aim-operator'];

/** Pages of models differ in names and numbers only: each gets one of the targets run, in turn. */
function isInTurn(page: string, args: readonly string[]): boolean {
  const turn = withCommands.indexOf(page) % TARGETS.length;
  return !page.startsWith('docs/models/') || args[args.indexOf('--target') + 1] === TARGETS[turn];
}

/** What can run here, as a reader would: one command after the other. */
async function runPage(page: string): Promise<Ran[]> {
  const options = openFolder(page);
  const ran: Ran[] = [];
  for (const command of commandsOf(page)) {
    const args = aimctlArguments(command);
    if (args !== undefined && isInTurn(page, args) && (await isOffline(args)))
      ran.push(await run('toolkit/bin/aimctl.js', args, options));
    const image = parseImageRun(command);
    if (image?.env['AIM_GPU_MODEL'] !== undefined && image.volumes.length === 0)
      ran.push(await runImage(image, options));
  }
  return ran;
}

/** What the container would do, done by the runtime's sources. */
function runImage({ repository, env, args }: ImageRun, options: Surroundings): Promise<Ran> {
  // A base image says what it needs when nobody names a model.
  const base = repository === 'aim-base' ? { AIM_MODEL_ID: 'org/model' } : {};
  const settings = { AIM_PROFILE_PATH: join(REPOSITORY, 'profiles'), AIM_SYSFS_ROOT: join(options.cwd, 'sys') };
  const variables = { ...options.env, ...settings, ...base, ...imageVariables(repository, models), ...env };
  return run('runtime/src/main.ts', args, { ...options, env: variables });
}

describe.concurrent.each(withCommands.filter((page) => !page.startsWith('docs/cli/')))(
  'what can be run of %s',
  (page) => {
    it('does so, and what is shown to be refused is', async () => {
      const refused = commandsOf(page).filter(({ words }) => words.some((word) => word.includes('fp9'))).length;
      const ran = await runPage(page);
      const failed = ran.filter(({ status, stderr }) => status !== (stderr.includes('"fp9"') ? 2 : 0));
      expect(failed).toEqual([]);
      expect(ran.filter(({ status }) => status === 2)).toHaveLength(refused);
    });
  },
);

const deploying = withCommands.filter(
  (page) =>
    !page.startsWith('docs/cli/') &&
    commandsOf(page).some(({ words }) => words.includes('deploy') || words[0] === 'kubectl'),
);

it.each(deploying)('what %s does with a cluster follows from what was written before', (page) => {
  const commands = commandsOf(page);
  const aimctl = commands.flatMap((command) => {
    const args = aimctlArguments(command);
    return args?.[0] === 'deploy' ? [args] : [];
  });
  const deploys = aimctl.filter((args) => args.includes('--target'));
  const names = deploys.map((args) => deploymentName(args[1] ?? ''));
  const folders = deploys.map((args) => args[args.indexOf('--output') + 1]);
  for (const [, verb, name = ''] of aimctl)
    if (verb === 'delete' || (verb === 'status' && !name.startsWith('-'))) expect(names).toContain(name);
  for (const { words } of commands.filter(({ words: [program] }) => program === 'kubectl' || program === 'helm')) {
    for (const name of words.flatMap((word) => /(?:^|\/)(aim-[a-z0-9-]+)/.exec(word)?.[1] ?? []))
      expect(names).toContain(name.replace(/-predictor$/, ''));
    if (words[1] === 'apply') expect(folders).toContain(words[words.indexOf('-f') + 1]);
    if (words[1] === 'install') expect(folders).toContain(words[3]);
  }
});
