/**
 * `node scripts/local-images.ts tag|push HOST[/NAMESPACE]` names the AIM images built here for a registry, or pushes
 * them there; `clean` removes them and the images of the demo. An image built here has no registry in its name.
 */
import { $ } from 'zx';
import { AimError } from '../runtime/src/system/errors.ts';
import { probe, silentEngine } from './ensure-docker.ts';
import { selectLocal } from './select-local.ts';
import { showError } from './show-error.ts';

const FORMAT = '{{.Repository}}:{{.Tag}}';
const AIM_LABEL = 'com.amd.aim.image.kind';

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function listBuiltHere(): Promise<string[]> {
  const listed = await $({ quiet: true })`docker images --filter label=${AIM_LABEL} --format ${FORMAT}`;
  return selectLocal(listed.stdout);
}

async function clean(): Promise<void> {
  const demo = await $({ quiet: true })`docker images --filter reference=aim-demo-* --format ${FORMAT}`;
  const images = [...new Set([...(await listBuiltHere()), ...selectLocal(demo.stdout)])];
  for (const image of images) {
    const removed = await $({ quiet: true, nothrow: true })`docker rmi ${image}`;
    say(removed.exitCode === 0 ? `Removed ${image}` : `Kept ${image}: ${removed.stderr.trim()}`);
  }
  // What rebuilding left without a name.
  await $({ quiet: true })`docker image prune --force --filter label=${AIM_LABEL}`;
}

async function publish(action: string, registry: string | undefined): Promise<void> {
  if (!registry) {
    throw new AimError('usage', {
      message: `make ${action} needs a registry`,
      hint: `For example: make ${action} REGISTRY=registry.example.com/aim`,
    });
  }
  const images = await listBuiltHere();
  if (images.length === 0) {
    throw new AimError('usage', { message: 'No AIM image was built here', hint: 'Run make build-base first.' });
  }
  for (const image of images) {
    const target = `${registry}/${image}`;
    await $({ quiet: true })`docker tag ${image} ${target}`;
    say(`Tagged ${target}`);
    if (action === 'push') await $({ stdio: 'inherit' })`docker push ${target}`;
  }
}

async function run(action: string | undefined, registry: string | undefined): Promise<void> {
  if (action !== 'clean' && action !== 'tag' && action !== 'push') {
    throw new AimError('usage', { message: `unknown action ${action ?? ''}`, hint: 'It is tag, push or clean.' });
  }
  const engine = await probe();
  if (engine.version !== undefined) return action === 'clean' ? clean() : publish(action, registry);
  if (action !== 'clean') throw silentEngine(engine.reason, process.env['DOCKER_HOST']);
  say('No Docker Engine answers: no images were removed.');
}

try {
  await run(process.argv[2], process.argv[3]);
} catch (error) {
  process.exitCode = showError(error);
}
