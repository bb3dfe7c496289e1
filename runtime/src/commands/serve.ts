import { EVERYTHING_NEEDED, findCachedModel } from '../model/index.ts';
import { obtain } from './obtain.ts';
import { findOnPath, mustDownload, planStart, withCachedModel, type StartPlan } from './start-plan.ts';
import { renderCommandLine } from './present.ts';
import { parseArguments } from './arguments.ts';
import type { Command, CommandContext } from './context.ts';
import type { PlannedEngine } from './serve-supervised.ts';
import { readSuperviseConfig } from '../config.ts';
import type { RuntimeErrorCode } from '../exit-codes.ts';
import { AimError, messageOf } from '../system/errors.ts';

/** Selects a profile and replaces this process by the inference engine, or watches over it as a child process. */
export const serve: Command = {
  name: 'serve',
  summary: 'select a profile and start the inference engine (default)',
  usage: 'aim-runtime [serve] [--supervise]',
  help: `
Without --supervise this process becomes the engine.
  --supervise   run the engine as a child process; the same as AIM_SUPERVISE=true. A port of its own then
                answers /health/live, /health/ready (after the first token), /status and /metrics, and SIGTERM
                lets running requests finish before the engine is stopped
Settings of --supervise (environment):
  AIM_SUPERVISE_PORT   that port, 8001
  AIM_DRAIN_SECONDS    longest time for running requests to finish, 30
`,
  run: async (args, context) => {
    const { flags } = parseArguments(args, { supervise: { type: 'boolean' } });
    if (flags['supervise'] === true || readSuperviseConfig(context.env).enabled) {
      const { serveSupervised } = await import('./serve-supervised.ts');
      await serveSupervised(() => planEngine(context), context);
      return;
    }
    becomeEngine(await planEngine(context), context);
  },
};

/** Decides what to run, and brings the model there if the engine could not. */
async function planEngine(context: CommandContext): Promise<PlannedEngine> {
  const plan = await withModel(await planStart(context), context);
  // Loaded here only: a dry run is to start as fast as it can.
  const { warnAboutMemory } = await import('./memory-check.ts');
  warnAboutMemory(plan, context);
  const [interpreter = 'python3'] = plan.command.argv;
  const file = findOnPath(interpreter, context.env['PATH'] ?? '');
  if (file === undefined) throw cannotStart(`neither python nor python3 is on PATH`);
  context.log.info(`starting: ${renderCommandLine(plan.command.argv)}`);
  return { plan, file, env: { ...definedOnly(context.env), ...plan.command.env } };
}

/** The plan with its model in the cache, where the engine could not fetch that itself. */
async function withModel(plan: StartPlan, context: CommandContext): Promise<StartPlan> {
  if (!mustDownload(plan)) return plan;
  const { source } = plan;
  const { cachePath, customModelName: modelName } = plan.preparation.config;
  context.log.info(`${source.id} is not in the cache: downloading it first`);
  await obtain({ source, cachePath, layout: 'folder', modelName, choice: EVERYTHING_NEEDED }, context);
  const cached = findCachedModel(cachePath, source.id, { modelName });
  if (cached) return withCachedModel(plan, cached, context);
  throw new AimError<RuntimeErrorCode>('cache', {
    message: `${source.id} was downloaded, but it is no whole model`,
    hint: `Look at ${cachePath}: a configuration or weights are missing.`,
  });
}

function becomeEngine({ plan, file, env }: PlannedEngine, context: CommandContext): never {
  try {
    return context.execve(file, plan.command.argv, env);
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
