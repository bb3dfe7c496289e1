/**
 * The whole way on a machine without GPU, Docker or registry: builds aim-base and a model image on top of an
 * engine simulator, shows what the image decides, serves it, and streams one answer. `KEEP=1` keeps the images.
 */
import { dirname, join } from 'node:path';
import { $, chalk } from 'zx';
import { AimError } from '../runtime/src/system/errors.ts';
import { ensureDocker } from '../scripts/ensure-docker.ts';
import { readHost } from '../scripts/host.ts';
import { showError } from '../scripts/show-error.ts';
import { streamChat } from './chat.ts';
import { runQuietly, runShown } from './command.ts';
import { CONTAINER_FLAGS, readLog, removeContainer, serve, stopContainer } from './container.ts';
import { buildWithAimctl, DEMO_TAG, removeImage } from './images.ts';
import { say, StepError, Steps } from './steps.ts';
import { ensureUpstreamImage } from './upstream-image.ts';

const ROOT = dirname(import.meta.dirname);
const MODEL = 'meta-llama/Llama-3.1-8B-Instruct';
const QUESTION = 'What answers me on a machine without a GPU?';
const interrupt = new AbortController();
const KEEP = (process.env['KEEP'] ?? '') !== '';

async function buildImages(steps: Steps): Promise<string> {
  const host = readHost(process.env);
  await steps.run('Docker Engine', async () => {
    const engine = await ensureDocker(host, say);
    const { started } = engine;
    if (started) steps.defer('stop the Docker Engine that was started here', () => started.stop());
    say(`Docker Engine ${engine.version} answers`);
  });
  await steps.run('Build the runtime executable and aimctl', async () => {
    await runQuietly('npm', ['run', 'build'], ROOT);
    say('runtime/dist/aim-runtime is one executable file: the images need no Node.js');
  });
  const upstream = await steps.run('Make an upstream image with an engine simulator in place of vLLM', () =>
    ensureUpstreamImage(host, join(ROOT, 'demo/engine-simulator')),
  );
  const base = await steps.run('Build the base image', () => build(steps, ['build-base', '--base', upstream]));
  return steps.run(`Build the image of ${MODEL}`, () => build(steps, ['build-model', MODEL, '--base', base]));
}

async function build(steps: Steps, args: readonly string[]): Promise<string> {
  const reference = await buildWithAimctl(ROOT, [...args, '--tag', DEMO_TAG]);
  if (!KEEP) steps.defer(`remove ${reference}`, () => removeImage(reference));
  say(`Built ${reference}`);
  return reference;
}

async function showDecisions(steps: Steps, image: string): Promise<void> {
  const run = async (...command: string[]): Promise<void> => {
    const args = ['run', '--rm', '--network', 'none', ...CONTAINER_FLAGS, image, ...command];
    process.stdout.write(await runShown(`docker ${args.join(' ')}`, 'docker', args));
  };
  await steps.run('Which profiles the image has, and which fit one MI300X', () =>
    run('list-profiles', '--format', 'table'),
  );
  await steps.run('What would be started', () => run('dry-run'));
}

async function serveAndAsk(steps: Steps, image: string): Promise<void> {
  const name = `aim-demo-${process.pid}`;
  steps.defer(`remove the container ${name}`, () => removeContainer(name));
  const url = await steps.run('Serve: the runtime hands its process over to the engine', async () => {
    const address = await serve(image, name);
    process.stdout.write(await readLog(name));
    say(`\nHealthy at ${address}. The only process of the container, process 1, is the engine:`);
    say(await runQuietly('docker', ['top', name, '-o', 'pid,args']));
    return address;
  });
  await steps.run('Ask it something and read the answer as it comes', async () => {
    say(`> ${QUESTION}`);
    const answer = await streamChat(url, { model: MODEL, question: QUESTION, signal: interrupt.signal }, (text) =>
      process.stdout.write(text),
    );
    const first = answer.firstTokenMs.toFixed(0);
    say(
      `\n\n${answer.completionTokens} tokens in ${(answer.totalMs / 1000).toFixed(2)} s, the first after ${first} ms`,
    );
  });
  await steps.run('Stop it', async () => {
    const { status, seconds } = await stopContainer(name);
    if (status !== 0) throw new AimError('step', { message: `The engine ended with status ${status}` });
    say(`SIGTERM reached the engine: status 0 after ${seconds.toFixed(1)} s`);
  });
}

async function runDemo(steps: Steps): Promise<number> {
  try {
    const image = await buildImages(steps);
    await showDecisions(steps, image);
    await serveAndAsk(steps, image);
    say(chalk.bold.green('\nEverything worked.'));
    return 0;
  } catch (error) {
    if (!(error instanceof StepError)) return showError(error);
    const status = showError(error.cause);
    process.stderr.write(`${chalk.bold.red(error.message)}\n`);
    return status;
  } finally {
    say(`\n${chalk.bold.cyan('Clean-up')}`);
    await steps.cleanUp();
  }
}

let interrupted: number | undefined;
$.signal = interrupt.signal;
for (const [signal, status] of Object.entries({ SIGINT: 130, SIGTERM: 143 })) {
  // A second signal ends the process at once.
  process.once(signal, () => {
    interrupted = status;
    // The commands of the clean-up must run.
    $.signal = new AbortController().signal;
    interrupt.abort(new AimError('step', { message: `Interrupted by ${signal}` }));
  });
}
const status = await runDemo(new Steps(10, interrupt.signal));
process.exitCode = interrupted ?? status;
