import type { Command, Interfaces } from '@oclif/core';
import type { CommandFacts, FlagFacts } from '../docs/cli-pages.ts';

/** oclif replaces these in help texts. */
const PROGRAM = /<%= *config\.bin *%>/g;

/** Every visible command of a loaded program, as its documentation shows it. */
export function describeCommands(config: Interfaces.Config): CommandFacts[] {
  return config.commands
    .filter(({ hidden }) => !hidden)
    .map((command) => {
      const describe = (text: string | undefined) => (text ?? '').replaceAll(PROGRAM, config.bin);
      return {
        name: command.id.replaceAll(':', ' '),
        summary: describe(command.summary),
        description: describe(command.description),
        args: Object.values(command.args).map((arg) => ({
          name: arg.name,
          description: describe(arg.description),
          required: arg.required === true,
          multiple: arg.multiple === true,
        })),
        flags: Object.values(command.flags).map(describeFlag),
        examples: (command.examples ?? []).map((example) =>
          typeof example === 'string'
            ? { description: '', command: describe(example) }
            : { description: example.description, command: describe(example.command) },
        ),
      };
    });
}

function describeFlag(flag: Command.Flag.Cached): FlagFacts {
  const { name, char, description, env, required, helpGroup } = flag;
  const value = flag.type === 'option' ? flag : undefined;
  const preset: unknown = flag.default;
  return {
    name,
    kind: flag.type === 'option' ? 'value' : 'boolean',
    description: description ?? '',
    env: env ?? '',
    required: required === true,
    multiple: value?.multiple === true,
    global: helpGroup === 'GLOBAL',
    ...(char === undefined ? {} : { char }),
    ...(value?.helpValue === undefined ? {} : { valueName: String(value.helpValue) }),
    ...(value?.options === undefined ? {} : { options: value.options }),
    ...(typeof preset === 'string' || typeof preset === 'number' ? { default: String(preset) } : {}),
  };
}
