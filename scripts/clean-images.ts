/** `node scripts/clean-images.ts` removes the AIM images built here and the images of the demo. */
import { $ } from 'zx';
import { probe } from './ensure-docker.ts';
import { selectLocal } from './select-local.ts';
import { showError } from './show-error.ts';

const FORMAT = '{{.Repository}}:{{.Tag}}';
const AIM_LABEL = 'com.amd.aim.image.kind';

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function clean(): Promise<void> {
  const built = await $({ quiet: true })`docker images --filter label=${AIM_LABEL} --format ${FORMAT}`;
  const demo = await $({ quiet: true })`docker images --filter reference=aim-demo-* --format ${FORMAT}`;
  for (const image of new Set([built, demo].flatMap(({ stdout }) => selectLocal(stdout)))) {
    const removed = await $({ quiet: true, nothrow: true })`docker rmi ${image}`;
    say(removed.exitCode === 0 ? `Removed ${image}` : `Kept ${image}: ${removed.stderr.trim()}`);
  }
  // What rebuilding left without a name.
  await $({ quiet: true })`docker image prune --force --filter label=${AIM_LABEL}`;
}

try {
  if ((await probe()).version === undefined) say('No Docker Engine answers: no images were removed.');
  else await clean();
} catch (error) {
  process.exitCode = showError(error);
}
