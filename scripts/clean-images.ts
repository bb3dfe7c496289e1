/** `node scripts/clean-images.ts` removes the AIM images built here with their stopped containers, and the demo's images. */
import { $ } from 'zx';
import { probe } from './ensure-docker.ts';
import { CONTAINER_FORMAT, selectContainers } from './select-containers.ts';
import { selectLocal } from './select-local.ts';
import { showError } from './show-error.ts';

const FORMAT = '{{.Repository}}:{{.Tag}}';
const AIM_LABEL = 'com.amd.aim.image.kind';

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function clean(): Promise<void> {
  await removeContainers();
  const built = await $({ quiet: true })`docker images --filter label=${AIM_LABEL} --format ${FORMAT}`;
  const demo = await $({ quiet: true })`docker images --filter reference=aim-demo-* --format ${FORMAT}`;
  for (const image of new Set([built, demo].flatMap(({ stdout }) => selectLocal(stdout)))) {
    const removed = await $({ quiet: true, nothrow: true })`docker rmi ${image}`;
    say(removed.exitCode === 0 ? `Removed ${image}` : `Kept ${image}: ${removed.stderr.trim()}`);
  }
  // What rebuilding left without a name.
  await $({ quiet: true })`docker image prune --force --filter label=${AIM_LABEL}`;
}

/** Also a container that does not run keeps its image. */
async function removeContainers(): Promise<void> {
  const all = await $({ quiet: true })`docker ps --all --filter label=${AIM_LABEL} --format ${CONTAINER_FORMAT}`;
  for (const { id, name, image, isInUse } of selectContainers(all.stdout)) {
    if (isInUse) {
      say(`Kept the container ${name} of ${image}: it runs. Stop it with: docker stop ${name}`);
      continue;
    }
    const removed = await $({ quiet: true, nothrow: true })`docker rm --volumes ${id}`;
    say(
      removed.exitCode === 0 ? `Removed the container ${name}` : `Kept the container ${name}: ${removed.stderr.trim()}`,
    );
  }
}

try {
  if ((await probe()).version === undefined) say('No Docker Engine answers: no images or containers were removed.');
  else await clean();
} catch (error) {
  process.exitCode = showError(error);
}
