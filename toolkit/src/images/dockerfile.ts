import { ROOT_ARCHIVE } from './context.ts';
import type { ImagePlan } from './plan.ts';

const LINE_BREAK = /[\r\n]/;
const PLACEHOLDER = /^@([a-z]+)@\n/gm;

/**
 * Fills a Dockerfile template with a plan. A line `@name@` of the template is replaced by the instructions of
 * that name: base, labels, env, files, user, entrypoint. Throws when the template names something else.
 */
export function renderDockerfile(template: string, plan: ImagePlan): string {
  const instructions: Record<string, string | undefined> = {
    base: `FROM ${plan.base}`,
    labels: pairs(
      'LABEL',
      Object.fromEntries(Object.entries(plan.labels).filter(([, value]) => !LINE_BREAK.test(value))),
    ),
    env: pairs('ENV', plan.env),
    // Unpacking keeps each entry's owner, mode and time; copying a folder would give new folders the time of the build.
    files: `ADD ${ROOT_ARCHIVE} /`,
    workdir: plan.workdir && `WORKDIR ${plan.workdir}`,
    user: plan.user && `USER ${plan.user}`,
    entrypoint: plan.entrypoint && `ENTRYPOINT ${JSON.stringify(plan.entrypoint)}`,
  };
  return template.replace(PLACEHOLDER, (_, name: string) => {
    if (!(name in instructions)) throw new Error(`the Dockerfile template names @${name}@, which is unknown`);
    const text = instructions[name];
    return text === undefined ? '' : `${text}\n`;
  });
}

/** The labels a Dockerfile cannot express; the engine takes them beside it. */
export function multilineLabels(plan: ImagePlan): Record<string, string> {
  return Object.fromEntries(Object.entries(plan.labels).filter(([, value]) => LINE_BREAK.test(value)));
}

/** One instruction for all pairs: each instruction of the classic builder makes an image of its own. */
function pairs(instruction: string, values: Readonly<Record<string, string>>): string {
  const lines = Object.entries(values).map(([name, value]) => `${name}=${quote(value)}`);
  return `${instruction} ${lines.join(' \\\n      ')}`;
}

/** Double-quoted for a Dockerfile, which knows no other escapes than these. */
function quote(value: string): string {
  return `"${value.replace(/[\\"$]/g, '\\$&')}"`;
}
