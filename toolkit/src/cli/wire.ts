import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createExec, createRedactor } from 'aim-runtime/system';
import { findEndpoints } from '../docker/endpoint.ts';
import type { ContainerEngine } from '../docker/engine.ts';
import { EXIT_CODES, failure } from '../exit-codes.ts';
import type { ImageBuilder } from '../images/builder.ts';
import type { SourceStamp } from '../images/plan.ts';
import { loadStamp } from '../images/stamp.ts';
import { findLocations, type Locations } from './locations.ts';
import { createProgress, type Progress } from './progress.ts';

/** A second signal within this time is the same key press. */
const ECHO_MS = 1_000;

/** What a command works with, made from the process it runs in. The only reader of the environment. */
export interface Session {
  readonly locations: Locations;
  readonly progress: Progress;
  /** Aborted by SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
  /** Finds the engine. @throws AimError environment when none answers */
  connect(host: string | undefined): Promise<ContainerEngine>;
  /** Builder over an engine; references that satisfy `localOnly` are never pulled. */
  createBuilder(engine: ContainerEngine, localOnly: (base: string) => boolean): Promise<ImageBuilder>;
  /** Time and revision of the files below the given folder. */
  stamp(): SourceStamp;
  /** Ends progress output and the handling of signals. */
  close(): void;
}

/** @param packageRoot folder of this program's package.json */
export function openSession(packageRoot: string, verbose: boolean): Session {
  const { env } = process;
  const locations = findLocations(packageRoot);
  const { root } = locations;
  const progress = createProgress({
    stream: process.stderr,
    live: process.stderr.isTTY,
    verbose,
    redact: createRedactor(env),
  });
  const interruption = listenForSignals(() => progress.note('Interrupted: cleaning up. Once more to stop at once.'));
  return {
    locations,
    progress,
    signal: interruption.signal,
    connect: async (host) => {
      // The client library takes a quarter of a second to load; commands without an engine do not pay for it.
      const { connectEngine } = await import('../docker/client.ts');
      return connectEngine(findEndpoints({ host, env, home: homedir(), uid: process.getuid?.() }));
    },
    createBuilder: async (engine, localOnly) => {
      const { createDockerBuilder } = await import('../images/docker-builder.ts');
      const template = (name: string) => readFileSync(join(root, 'templates', `${name}.Dockerfile`), 'utf8');
      return createDockerBuilder(engine, {
        templates: { base: template('aim-base'), model: template('aim-model') },
        localOnly,
      });
    },
    stamp: () => {
      const source = { folder: root, recorded: locations.recordedStamp, sourceDateEpoch: env['SOURCE_DATE_EPOCH'] };
      return loadStamp(source, createExec(env));
    },
    close: () => {
      progress.end();
      interruption.stop();
    },
  };
}

/** Redactor and variables that the reporting of failures needs before any session exists. */
export function failureSettings(argv: readonly string[]): {
  json: boolean;
  verbose: boolean;
  redact: (text: string) => string;
} {
  const options = argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv;
  const on = (flag: string, variable: string) =>
    options.includes(flag) || /^(?:1|true|yes|y)$/i.test(process.env[variable] ?? '');
  return {
    json: on('--json', 'AIMCTL_JSON') && !options.includes('--no-json'),
    verbose: on('--verbose', 'AIMCTL_VERBOSE'),
    redact: createRedactor(process.env),
  };
}

/** The first signal asks for an orderly end; one that comes later, not as its echo from a launcher, ends at once. */
function listenForSignals(onInterrupt: () => void): { signal: AbortSignal; stop: () => void } {
  const controller = new AbortController();
  let firstAtMs: number | undefined;
  const interrupt = () => {
    const nowMs = performance.now();
    if (firstAtMs !== undefined && nowMs - firstAtMs > ECHO_MS) process.exit(EXIT_CODES.interrupted);
    if (firstAtMs !== undefined) return;
    firstAtMs = nowMs;
    onInterrupt();
    controller.abort(failure('interrupted', { message: 'interrupted' }));
  };
  const signals = ['SIGINT', 'SIGTERM'] as const;
  for (const name of signals) process.on(name, interrupt);
  const stop = () => {
    for (const name of signals) process.off(name, interrupt);
  };
  return { signal: controller.signal, stop };
}
