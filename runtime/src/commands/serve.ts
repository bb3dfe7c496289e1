import { findOnPath, planStart, type StartPlan } from './start-plan.ts';
import { renderCommandLine } from './present.ts';
import { parseArguments } from './arguments.ts';
import type { Command, CommandContext } from './context.ts';
import type { RuntimeErrorCode } from '../exit-codes.ts';
import { AimError, messageOf } from '../system/errors.ts';

/** Selects a profile and replaces this process by the inference engine. */
export const serve: Command = {
  name: 'serve',
  summary: 'select a profile and start the inference engine (default)',
  usage: 'aim-runtime [serve]',
  run: async (args, context) => {
    parseArguments(args, {});
    startEngine(await planStart(context), context);
  },
};

function startEngine({ command, source, cached }: StartPlan, context: CommandContext): never {
  const [interpreter = 'python3'] = command.argv;
  if (source.kind === 's3' && !cached) {
    throw new AimError<RuntimeErrorCode>('cache', {
      message: `${source.id} is not in the model cache, and this version cannot download it yet`,
      hint: `Put the model's files into <AIM_CACHE_PATH>/${source.name}, or use a Hugging Face id.`,
    });
  }
  const file = findOnPath(interpreter, context.env['PATH'] ?? '');
  if (file === undefined) throw cannotStart(`neither python nor python3 is on PATH`);
  context.log.info(`starting: ${renderCommandLine(command.argv)}`);
  try {
    return context.execve(file, command.argv, { ...definedOnly(context.env), ...command.env });
  } catch (error) {
    throw cannotStart(`${file} could not be executed: ${messageOf(error)}`, error);
  }
}

function cannotStart(why: string, cause?: unknown): AimError<RuntimeErrorCode> {
  return new AimError('engine-start', {
    message: `the inference engine could not start: ${why}`,
    hint: 'The image must hold the engine and its Python; check the base image it was built on.',
    cause,
  });
}

function definedOnly(env: CommandContext['env']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
