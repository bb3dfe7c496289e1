import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { createExec, createRedactor } from 'aim-runtime/system';
import { readModelSources } from '../estimate/model-sources.ts';
import { openSources } from '../images/recorded-sources.ts';
import { loadStamp } from '../images/stamp.ts';
import { SYSTEM_CLOCK } from '../oci/clock.ts';
import type { Registry } from '../oci/registry.ts';
import { loadEventFacts } from './event-facts.ts';
import { readFailureSettings, type FailureSettings } from './failure-settings.ts';
import { benchSurroundings, connectCluster, engineConnections, loadEndpointHost } from './host-parts.ts';
import { listenForSignals } from './interruption.ts';
import { findLocations } from './locations.ts';
import { showRegistryEvent } from './present/registry-events.ts';
import { createProgress } from './progress.ts';
import { openGitHub, openQuestion } from './surroundings.ts';
import { openTagLock, type TagLockSurroundings } from './tag-lock.ts';
import type { Session } from './session.ts';

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
  const openRepository = (name: string | undefined, signal: AbortSignal) =>
    openGitHub(name, { env, signal, progress, clock: SYSTEM_CLOCK, userAgent: `aimctl/${locations.version}` });
  return {
    locations,
    progress,
    signal: interruption.signal,
    ...engineConnections(env),
    ...benchSurroundings(env),
    connectCluster: (context) => connectCluster(env, context, interruption.signal),
    endpointHost: () => loadEndpointHost(env),
    createBuilder: builderFactory(root),
    redact: createRedactor(env),
    exec: createExec(env),
    variable: (name) => env[name],
    connectRegistries: registryConnector({ env, locations, progress, signal: interruption.signal }, closers),
    ...supplyChainParts({ env, locations, progress, signal: interruption.signal }),
    clock: SYSTEM_CLOCK,
    ask: openQuestion(process, interruption.signal),
    github: (name) => openRepository(name, interruption.signal),
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
    ...taggingParts({ env, root, stamp, progress, github: (signal) => openRepository(undefined, signal) }),
    close: () => {
      for (const close of closers.splice(0)) close();
      progress.end();
      interruption.stop();
    },
  };
}

/**
 * Connects to registries, once for each kind of connection: only requests of the same client keep its limits and
 * share its tokens. What is to be closed at the end goes to `closers`.
 */
function registryConnector(
  {
    env,
    locations,
    progress,
    signal,
  }: Pick<Session, 'locations' | 'progress' | 'signal'> & { readonly env: NodeJS.ProcessEnv },
  closers: (() => void)[],
): Session['connectRegistries'] {
  const clients = new Map<boolean, Promise<Registry>>();
  const connect = async (insecure: boolean) => {
    const { connectRegistries } = await import('../oci/connect.ts');
    const registry = connectRegistries({
      ...{ env, signal },
      home: homedir(),
      uid: process.getuid?.(),
      insecure: () => insecure,
      userAgent: `aimctl/${locations.version}`,
      onEvent: (event) => showRegistryEvent(progress, event),
    });
    closers.push(() => registry.close());
    return registry;
  };
  return (insecure) => {
    const client = clients.get(insecure) ?? connect(insecure);
    clients.set(insecure, client);
    return client;
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

/** What images are attested and scanned with. */
function supplyChainParts({
  env,
  ...session
}: Pick<Session, 'locations' | 'progress' | 'signal'> & { readonly env: NodeJS.ProcessEnv }): Pick<
  Session,
  'attestation' | 'scannerProgram' | 'findCredential'
> {
  const { progress, signal } = session;
  return {
    attestation: async (settings) =>
      (await import('./attestation.ts')).loadAttestOptions(settings, { env, ...session }),
    scannerProgram: async () => (await import('../scan/program-scanner.ts')).findProgramScanner({ env, signal }),
    findCredential: async (repository) => {
      const { systemCredentials } = await import('../oci/connect.ts');
      const [home, uid] = [homedir(), process.getuid?.()];
      return systemCredentials({ env, home, uid, signal, onProblem: (text) => progress.note(text) })(repository);
    },
  };
}

/** What tags follow from, and what keeps those who write them apart. */
function taggingParts({
  env,
  root,
  stamp,
  progress,
  github,
}: Pick<Session, 'stamp' | 'progress'> &
  Pick<TagLockSurroundings, 'github'> & {
    readonly env: NodeJS.ProcessEnv;
    readonly root: string;
  }): Pick<Session, 'eventFacts' | 'tagLock'> {
  const onNotice = (text: string) => progress.note(text);
  return {
    eventFacts: (flags) => loadEventFacts(flags, { env, exec: createExec(env), root }),
    tagLock: (isLocal) => ({
      acquire: async (scope, options) => {
        const { revision } = stamp();
        const user = { home: homedir(), uid: process.getuid?.() };
        const surroundings = { env, ...user, clock: SYSTEM_CLOCK, revision, onNotice, github };
        const lock = await openTagLock(isLocal, { ...surroundings, signal: options.signal });
        return lock.acquire(scope, options);
      },
    }),
  };
}

/** {@link readFailureSettings} with this process's environment. */
export function failureSettings(argv: readonly string[]): FailureSettings {
  return readFailureSettings(argv, process.env);
}
