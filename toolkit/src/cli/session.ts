import type { Exec } from 'aim-runtime/system';
import type { EngineConnections } from '../bench/hosts/engine-site.ts';
import type { Machine } from '../bench/hosts/machine.ts';
import type { SshAddress } from '../bench/hosts/ssh-address.ts';
import type { ContainerHost } from '../docker/containers.ts';
import type { ModelCache } from '../cache/add.ts';
import type { ContainerEngine } from '../docker/engine.ts';
import type { ModelSources } from '../estimate/model-sources.ts';
import type { EndpointHost } from '../engine/host.ts';
import type { Cluster } from '../kubernetes/cluster.ts';
import type { ImageBuilder } from '../images/builder.ts';
import type { SourceStamp } from '../images/plan.ts';
import type { RecordedSources } from '../images/recorded-sources.ts';
import type { Clock } from '../oci/clock.ts';
import type { Credential } from '../oci/credential.ts';
import type { Repository } from '../oci/reference.ts';
import type { Registry } from '../oci/registry.ts';
import type { GitHubRepository } from '../release/github/repository.ts';
import type { Scanner } from '../scan/scanner.ts';
import type { AttestOptions } from '../supply-chain/attest.ts';
import type { EventFacts } from '../versions/event.ts';
import type { TagLock } from '../versions/lock.ts';
import type { SigningSettings } from './attestation.ts';
import type { EventFlags } from './event-flags.ts';
import type { Locations } from './locations.ts';
import type { Progress } from './progress.ts';

/** What a command works with, made from the process it runs in. */
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
