import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { createExec, createRedactor, type Exec } from 'aim-runtime/system';
import type { ContainerHost } from '../docker/containers.ts';
import type { ModelCache } from '../cache/add.ts';
import { findEndpoints } from '../docker/endpoint.ts';
import type { ContainerEngine } from '../docker/engine.ts';
import { readModelSources, type ModelSources } from '../estimate/model-sources.ts';
import type { EndpointHost } from '../engine/host.ts';
import { EXIT_CODES, failure } from '../exit-codes.ts';
import type { ImageBuilder } from '../images/builder.ts';
import type { SourceStamp } from '../images/plan.ts';
import { openSources, type RecordedSources } from '../images/recorded-sources.ts';
import { loadStamp } from '../images/stamp.ts';
import type { Registry } from '../oci/registry.ts';
import { findLocations, type Locations } from './locations.ts';
import { showRegistryEvent } from './present/registry-events.ts';
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
  /** Its containers. @throws AimError environment when no engine answers */
  connectContainers(host: string | undefined): Promise<ContainerHost>;
  /** Builder over an engine; references that satisfy `localOnly` are never pulled. */
  createBuilder(engine: ContainerEngine, localOnly: (base: string) => boolean): Promise<ImageBuilder>;
  /** This machine as endpoints see it: GPUs, devices, what containers are given of the environment. */
  endpointHost(): Promise<EndpointHost>;
  /** Hides secrets in text that others wrote. */
  readonly redact: (text: string) => string;
  /** Runs short programs of this host, such as git. */
  readonly exec: Exec;
  /** The client for registries. `insecure` lets it speak plain HTTP to other machines too. */
  connectRegistries(insecure: boolean): Promise<Registry>;
  /** The model cache of this host: the given folder, AIM_CACHE_PATH, or one below the home folder. */
  modelCache(path: string | undefined): ModelCache;
  /** Where dimensions of models may be found. */
  modelSources(): ModelSources;
  /** Opens the files of a commit, or always those of the given profiles folder. */
  sources(profiles: string | undefined): (revision: string) => RecordedSources;
  /** Time and revision of the files below the given folder. */
  stamp(): SourceStamp;
  /** Ends progress output and the handling of signals. */
  close(): void;
}

export interface OutputSettings {
  readonly verbose: boolean;
  readonly json: boolean;
}

/** @param packageRoot folder of this program's package.json */
export function openSession(packageRoot: string, { verbose, json }: OutputSettings): Session {
  const { env } = process;
  const closers: (() => void)[] = [];
  const locations = findLocations(packageRoot);
  const { root } = locations;
  const progress = createProgress({
    stream: process.stderr,
    form: json ? 'json' : process.stderr.isTTY ? 'live' : 'plain',
    verbose,
    redact: createRedactor(env),
  });
  const interruption = listenForSignals(() => progress.note('Interrupted: cleaning up. Once more to stop at once.'));
  const stamp = () => {
    const source = { folder: root, recorded: locations.recordedStamp, sourceDateEpoch: env['SOURCE_DATE_EPOCH'] };
    return loadStamp(source, createExec(env));
  };
  return {
    locations,
    progress,
    signal: interruption.signal,
    ...engineConnections(env),
    endpointHost: () => loadEndpointHost(env),
    createBuilder: builderFactory(root),
    redact: createRedactor(env),
    exec: createExec(env),
    connectRegistries: async (insecure) => {
      const { connectRegistries } = await import('../oci/connect.ts');
      const registry = connectRegistries({
        env,
        home: homedir(),
        uid: process.getuid?.(),
        signal: interruption.signal,
        insecure: () => insecure,
        userAgent: `aimctl/${locations.version}`,
        onEvent: (event) => showRegistryEvent(progress, event),
      });
      closers.push(() => registry.close());
      return registry;
    },
    modelCache: (path) => ({
      path: resolve(path ?? (env['AIM_CACHE_PATH'] || join(homedir(), '.cache/aim/models'))),
      env,
    }),
    modelSources: () => readModelSources(env, homedir()),
    sources: (profiles) => (wanted) => {
      const schemas = join(root, 'schemas');
      if (profiles !== undefined) return { profiles, schemas, dispose: () => undefined };
      return openSources(wanted, { root, revision: stamp().revision }, createExec(env));
    },
    stamp,
    close: () => {
      for (const close of closers.splice(0)) close();
      progress.end();
      interruption.stop();
    },
  };
}

/** Makes builders over an engine, with the templates below `root`. */
function builderFactory(root: string): Session['createBuilder'] {
  return async (engine, localOnly) => {
    const { createDockerBuilder } = await import('../images/docker-builder.ts');
    const template = (name: string) => readFileSync(join(root, 'templates', `${name}.Dockerfile`), 'utf8');
    return createDockerBuilder(engine, {
      templates: { base: template('aim-base'), model: template('aim-model') },
      localOnly,
    });
  };
}

/** Ways to the Docker Engine. Its clients load on first use: commands without an engine do not pay for them. */
function engineConnections(env: NodeJS.ProcessEnv): Pick<Session, 'connect' | 'connectContainers'> {
  const endpoints = (host: string | undefined) =>
    findEndpoints({ host, env, home: homedir(), uid: process.getuid?.() });
  return {
    connect: async (host) => {
      const { connectEngine } = await import('../docker/client.ts');
      return connectEngine(endpoints(host));
    },
    connectContainers: async (host) => {
      const { connectContainers } = await import('../docker/docker-containers.ts');
      return connectContainers(endpoints(host));
    },
  };
}

/** This machine for endpoints; detecting GPUs loads on first use. */
async function loadEndpointHost(env: NodeJS.ProcessEnv): Promise<EndpointHost> {
  const { createEndpointHost } = await import('../engine/host.ts');
  const [uid, gid] = [process.getuid?.(), process.getgid?.()];
  return createEndpointHost({ env, home: homedir(), uid, gid, exec: createExec(env) });
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
