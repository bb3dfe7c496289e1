import { Flags, Parser } from '@oclif/core';
import { COMMANDS } from '../../src/commands/index.ts';
import { modelRepository } from '../../src/images/names.ts';
import type { ShellCommand } from './docs-blocks.ts';

/** Arguments of aimctl in a command line, whichever way it is started; undefined for another program. */
export function aimctlArguments({ words }: ShellCommand): readonly string[] | undefined {
  const [first, ...rest] = words[0] === 'npx' ? words.slice(1) : words;
  return first === 'aimctl' ? rest : undefined;
}

/** Reads arguments with the real commands and flags. @throws for an unknown command, flag, value or number of arguments */
export async function parseAimctl(words: readonly string[]): Promise<string> {
  const lengths = [2, 1].filter((length) => words.length >= length);
  const name = lengths.map((length) => words.slice(0, length).join(':')).find((each) => each in COMMANDS);
  if (name === undefined) throw new Error(`no such command: aimctl ${words.join(' ')}`);
  const rest = words.slice(name.split(':').length);
  if (rest.includes('--help')) return name;
  const command = COMMANDS[name as keyof typeof COMMANDS];
  const flags = { ...command.baseFlags, ...command.flags } as Parameters<typeof Parser.parse>[1]['flags'];
  await Parser.parse([...rest], {
    args: command.args,
    flags: flags ?? { help: Flags.boolean() },
    strict: command.strict,
  });
  return name;
}

/** A `docker run` of an AIM image. */
export interface ImageRun {
  /** `aim-base` or the repository of a model's image. */
  readonly repository: string;
  readonly env: Readonly<Record<string, string>>;
  readonly volumes: readonly string[];
  /** For the entrypoint. */
  readonly args: readonly string[];
}

/** Flags of `docker run` that take a value, as far as pages use them, and those that take none. */
const VALUE_FLAGS = ['--device', '--group-add', '--shm-size', '-p', '-v', '-e', '--user', '--tmpfs', '--network'];
const FLAGS = ['--rm', '--read-only'];

/** Reads a `docker run`; undefined for any other command. @throws for a flag that is not among the known ones */
export function parseImageRun({ words }: ShellCommand): ImageRun | undefined {
  if (words[0] !== 'docker' || words[1] !== 'run') return undefined;
  const values: [string, string][] = [];
  let at = 2;
  for (; words[at]?.startsWith('-') === true; at++) {
    const [name = '', ...value] = words[at]!.split('=');
    if (FLAGS.includes(name)) continue;
    if (!VALUE_FLAGS.includes(name)) throw new Error(`docker run ${name} is not known to this test`);
    values.push([name, value.length > 0 ? value.join('=') : words[++at]!]);
  }
  const valuesOf = (flag: string) => values.filter(([name]) => name === flag).map(([, value]) => value);
  const variables = valuesOf('-e').filter((text) => text.includes('='));
  const [image = '', ...args] = words.slice(at);
  return {
    repository: image.replace(/^.*\//, '').replace(/:[^:]*$/, ''),
    env: Object.fromEntries(
      variables.map((text) => [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)]),
    ),
    volumes: valuesOf('-v'),
    args,
  };
}

/** Variables that an image sets. @throws for a repository that no model of the catalogue has */
export function imageVariables(repository: string, models: readonly string[]): Record<string, string> {
  if (repository === 'aim-base') return {};
  const model = models.find((each) => modelRepository(each) === repository);
  if (model === undefined) throw new Error(`no model has the image ${repository}`);
  return { AIM_ID: model, AIM_ALLOW_GENERAL_PROFILE_FALLBACK: 'false' };
}
