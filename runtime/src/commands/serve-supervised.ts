import { readSuperviseConfig } from '../config.ts';
import { supervise } from '../supervise/supervise.ts';
import type { EngineStart } from '../supervise/state.ts';
import type { CommandContext } from './context.ts';
import { canonicalName } from '../engine/index.ts';
import type { StartPlan } from './start-plan.ts';

/** A plan with everything that is needed to execute it. */
export interface PlannedEngine {
  readonly plan: StartPlan;
  /** Absolute path of the interpreter. */
  readonly file: string;
  /** The engine's whole environment. */
  readonly env: Readonly<Record<string, string>>;
}

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'] as const;
/** Addresses that are reached as this host. */
const EVERYWHERE = new Set(['', '0.0.0.0', '::', '[::]', 'localhost']);

/** Runs the engine as a child with health, phase and metrics on a port of their own; leaves its exit status. */
export async function serveSupervised(prepare: () => Promise<PlannedEngine>, context: CommandContext): Promise<void> {
  const { log, redact, env } = context;
  const status = await supervise({
    config: readSuperviseConfig(env),
    prepare: async () => describeStart(await prepare()),
    log,
    redact,
    surroundings: { stdout: process.stdout, stderr: process.stderr, isInit: process.pid === 1 },
    onSignal: (listener) => {
      for (const signal of SIGNALS) process.on(signal, listener);
      return () => {
        for (const signal of SIGNALS) process.off(signal, listener);
      };
    },
  });
  context.endWith(status);
}

function describeStart({ plan, file, env }: PlannedEngine): EngineStart {
  const { command, selected, source, preparation } = plan;
  const host = command.args['host'];
  return {
    file,
    argv: command.argv,
    env,
    engine: selected.profile.metadata.engine,
    model: source.id,
    profile: selected.profile.id,
    port: preparation.config.port,
    host: typeof host === 'string' && !EVERYWHERE.has(host) ? host : undefined,
    usesTls: Object.keys(command.args).some((name) => canonicalName(name) === 'ssl-certfile'),
    apiKey: env['VLLM_API_KEY'],
  };
}
