import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { createExec, createRedactor, type Exec } from 'aim-runtime/system';
import type { EngineConnections } from '../bench/hosts/engine-site.ts';
import type { Machine } from '../bench/hosts/machine.ts';
import type { SshAddress } from '../bench/hosts/ssh-address.ts';
import type { ContainerHost } from '../docker/containers.ts';
import type { ModelCache } from '../cache/add.ts';
import { findEndpoints } from '../docker/endpoint.ts';
import type { ContainerEngine } from '../docker/engine.ts';
import { readModelSources, type ModelSources } from '../estimate/model-sources.ts';
import type { EndpointHost } from '../engine/host.ts';
import type { Cluster } from '../kubernetes/cluster.ts';
import { EXIT_CODES, failure } from '../exit-codes.ts';
import type { ImageBuilder } from '../images/builder.ts';
import type { SourceStamp } from '../images/plan.ts';
import { openSources, type RecordedSources } from '../images/recorded-sources.ts';
import { loadStamp } from '../images/stamp.ts';
import { SYSTEM_CLOCK, type Clock } from '../oci/clock.ts';
import type { Credential } from '../oci/credential.ts';
import type { Repository } from '../oci/reference.ts';
import type { Registry } from '../oci/registry.ts';
import type { GitHubRepository } from '../release/github/repository.ts';
import type { Scanner } from '../scan/scanner.ts';
import type { AttestOptions } from '../supply-chain/attest.ts';
import type { EventFacts } from '../versions/event.ts';
import type { TagLock } from '../versions/lock.ts';
import type { SigningSettings } from './attestation.ts';
import { loadEventFacts } from './event-facts.ts';
import type { EventFlags } from './event-flags.ts';
import { findLocations, type Locations } from './locations.ts';
import { showRegistryEvent } from './present/registry-events.ts';
import { createProgress, type Progress } from './progress.ts';
import { openGitHub, openQuestion } from './surroundings.ts';
import { openTagLock, type TagLockSurroundings } from './tag-lock.ts';

/** A second signal within this time is the same key press. */
const ECHO_MS = 1_000;

/** Commands whose flag `--format` may be `json`, for the object that `--json` prints. */
export const JSON_FORMAT_COMMANDS: readonly string[] = ['images', 'lint', 'list', 'scan'];

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
  /** Value of a variable whose name a flag gave. */
  readonly variable: (name: string) => string | undefined;
  /** The client for registries. `insecure` lets it speak plain HTTP to other machines too. */
  connectRegistries(insecure: boolean): Promise<Registry>;
  /** What images are attested with. @throws AimError usage or environment when nothing can sign as wanted */
  attestation(settings: SigningSettings): Promise<AttestOptions>;
  readonly clock: Clock;
  /** Asks whoever runs this; undefined where nobody would see the question. */
  readonly ask: ((question: string) => Promise<string>) | undefined;
  /** The named repository on GitHub, else that of the workflow; undefined without GITHUB_TOKEN or a name. */
  github(repository: string | undefined): Promise<GitHubRepository | undefined>;
  /** The program on PATH that looks for known vulnerabilities; undefined without one. */
  scannerProgram(): Promise<Scanner | undefined>;
  /** What a registry is shown, for programs that speak to it themselves. */
  findCredential(repository: Repository): Promise<Credential | undefined>;
  /** The model cache of this host: the given folder, AIM_CACHE_PATH, or one below the home folder. */
  modelCache(path: string | undefined): ModelCache;
  /** Where dimensions of models may be found. */
  modelSources(): ModelSources;
  /** Opens the files of a commit, or always those of the given profiles folder. */
  sources(profiles: string | undefined): (revision: string) => RecordedSources;
  /** Time and revision of the files below the given folder. */
  stamp(): SourceStamp;
  /** What this run is for, as flags or Actions tell. @throws AimError usage */
  eventFacts(flags: EventFlags): EventFacts;
  /**
   * Keeps this run and others apart where they write tags; opened when it is first taken.
   * @param isLocal true for somebody at a keyboard; undefined where only the environment tells
   */
  tagLock(isLocal?: boolean): TagLock;
  /** A machine for benchmarks: this one, or another over SSH with settings of a file or the user's own. */
  benchMachine(
    ssh: { readonly address: SshAddress; readonly config: string | undefined } | undefined,
  ): Promise<Machine>;
  /** The cluster of a context of kubectl's configuration, or of its current one. @throws AimError environment or usage */
  connectCluster(context: string | undefined): Promise<Cluster>;
  /** Engines at places that were found out elsewhere. */
  readonly engines: EngineConnections;
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

/** Machines and engines of benchmarks. */
function benchSurroundings(env: NodeJS.ProcessEnv): Pick<Session, 'benchMachine' | 'engines'> {
  return {
    benchMachine: (ssh) => openBenchMachine(env, ssh),
    engines: {
      containers: async (endpoints) => (await import('../docker/docker-containers.ts')).connectContainers(endpoints),
      images: async (endpoints) => (await import('../docker/client.ts')).connectEngine(endpoints),
    },
  };
}

async function connectCluster(
  env: NodeJS.ProcessEnv,
  context: string | undefined,
  signal: AbortSignal,
): Promise<Cluster> {
  const { loadKubeconfig } = await import('../kubernetes/kubeconfig.ts');
  const { createCluster } = await import('../kubernetes/client-cluster.ts');
  return createCluster(loadKubeconfig({ env, home: homedir(), context }), signal);
}

async function openBenchMachine(env: NodeJS.ProcessEnv, ssh: Parameters<Session['benchMachine']>[0]): Promise<Machine> {
  const { execPath: path, platform, arch } = process;
  if (ssh === undefined) {
    const { createLocalMachine } = await import('../bench/hosts/local-machine.ts');
    return createLocalMachine({ env, node: path });
  }
  const { openSshMachine } = await import('../bench/hosts/ssh-machine.ts');
  return openSshMachine({ ...ssh, env, node: { path, platform, arch } });
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
    json: (on('--json', 'AIMCTL_JSON') && !options.includes('--no-json')) || hasJsonFormat(options),
    verbose: on('--verbose', 'AIMCTL_VERBOSE'),
    redact: createRedactor(process.env),
  };
}

/** True where `--format json` is the same as `--json`: not when the result goes to a file. */
function hasJsonFormat(options: readonly string[]): boolean {
  const [command = ''] = options;
  if (!JSON_FORMAT_COMMANDS.includes(command)) return false;
  const variable = (flag: string) => process.env[`AIMCTL_${command}_${flag}`.toUpperCase()];
  const valueOf = (flag: string) => {
    const place = options.findLastIndex((option) => option === `--${flag}` || option.startsWith(`--${flag}=`));
    return place < 0 ? variable(flag) : (options[place]?.split('=')[1] ?? options[place + 1]);
  };
  return valueOf('format') === 'json' && !valueOf('output');
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
