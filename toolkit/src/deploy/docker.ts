import type { TextFile } from '../documents/write.ts';
import { IMAGE_PATHS } from '../images/plan.ts';
import { GRACE_SECONDS, PORTS, type DeploymentPlan } from './deployment-plan.ts';
import { downloadArgs } from './environment.ts';
import { planLocal, type LocalOptions } from './local-options.ts';

/** The command lines of a deployment on one Docker Engine, in order. */
export interface DockerCommands {
  /** Downloads the model first; undefined where the server does. */
  readonly preload: readonly string[] | undefined;
  readonly run: readonly string[];
}

/** Stands for the folder of the script until the script is written: no argument can hold it. */
export const HERE = '\0here';

/** A script that starts it, and beside it a profile that the image does not hold. */
export function renderDocker(plan: DeploymentPlan): TextFile[] {
  const { file } = plan.profile;
  const local = planLocal(plan);
  const { preload, run } = planCommands(plan, local);
  const lines = [
    '#!/bin/sh',
    `# Serves ${plan.model} with the profile ${plan.profile.id}; stop it with: docker stop ${plan.name}`,
    'set -eu',
    ...(local.profile ? ['cd -- "$(dirname -- "$0")"'] : []),
    ...(preload ? ['', renderCommand(preload)] : []),
    '',
    renderCommand(run),
    '',
  ];
  return [
    { path: 'run.sh', text: lines.join('\n') },
    ...(file && local.profile ? [{ path: local.profile.source, text: file.text }] : []),
  ];
}

/** Plans the command lines; pure. The profile, if any, lies in the working folder. */
export function planCommands(plan: DeploymentPlan, local: LocalOptions): DockerCommands {
  const { image, name, sizes, cache, profile } = plan;
  const preloaded = cache.kind === 'preload';
  const hardened = [
    ['--user', local.user],
    ['--read-only'],
    ...local.scratch.map((mount) => ['--tmpfs', mount]),
    ['--cap-drop', 'ALL'],
    ['--security-opt', 'no-new-privileges'],
  ].flat();
  const pass = (variables: readonly string[]) => variables.flatMap((variable) => ['--env', variable]);
  const serving = [
    ...local.devices.map((device) => ['--device', device]),
    ...local.groups.map((group) => ['--group-add', group]),
    ['--shm-size', String(sizes.sharedMemoryBytes)],
    ['--memory', String(sizes.memoryLimitBytes)],
    ['--publish', `${PORTS.http}:${PORTS.http}`],
    ['--stop-timeout', String(GRACE_SECONDS)],
    ['--restart', 'unless-stopped'],
    pass(local.passed),
    ...Object.entries(local.variables).map(([variable, value]) => ['--env', `${variable}=${value}`]),
    ...(local.profile
      ? [['--mount', `type=bind,source=${HERE}/${local.profile.source},target=${local.profile.target},readonly`]]
      : []),
  ].flat();
  const models = (readOnly: boolean) => ['--mount', modelMount(plan, local, readOnly)];
  return {
    preload: preloaded
      ? [
          'docker',
          'run',
          '--rm',
          ...hardened,
          ...pass(local.downloadPassed),
          ...models(false),
          image.reference,
          ...downloadArgs(profile.checkpoint),
        ]
      : undefined,
    run: ['docker', 'run', '--detach', '--name', name, ...hardened, ...serving, ...models(preloaded), image.reference],
  };
}

function modelMount({ cache }: DeploymentPlan, { cacheSource }: LocalOptions, readOnly: boolean): string {
  const target = `target=${IMAGE_PATHS.modelCache}${readOnly ? ',readonly' : ''}`;
  if (cache.kind === 'hostpath') return `type=bind,source=${cacheSource},${target}`;
  return cache.kind === 'ephemeral' ? `type=volume,${target}` : `type=volume,source=${cacheSource},${target}`;
}

/** A command line for `sh`, an option on each line. */
export function renderCommand(argv: readonly string[]): string {
  const words = argv.map(quote);
  return words.reduce((text, word, index) => {
    const isValue = !word.startsWith('-') && (words[index - 1]?.startsWith('--') ?? false);
    return isValue || index < 3 ? `${text} ${word}` : `${text} \\\n  ${word}`;
  });
}

function quote(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", "'\\''").replaceAll(HERE, `'"$PWD"'`)}'`;
}
