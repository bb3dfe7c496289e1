import { createHash, randomUUID } from 'node:crypto';
import type { KubeServer } from './server.ts';
import type { Stored } from './store.ts';

/** What becomes of a pod that was placed on a node and finds its secrets. */
export type Fate = 'ready' | 'image-pull' | 'out-of-memory' | 'not-ready' | 'crash' | 'succeed' | 'fail';

export interface ControllerOptions {
  /** Undefined: pods of Jobs succeed, others become ready. */
  readonly fate?: (pod: Stored) => Fate | undefined;
  /** Runs the containers of a pod instead; tells when they have ended. */
  readonly run?: (pod: Stored) => Promise<'succeed' | 'fail'>;
}

type Reconcile = (object: Stored) => void;

/** Starts what makes pods of Deployments and Jobs, places them on nodes and lets them live. Returns how to stop it. */
export function startControllers(server: KubeServer, options: ControllerOptions = {}): () => void {
  const cluster = new Controllers(server, options);
  let stopped = false;
  const reconcile = (object: Stored) => {
    if (!stopped) cluster.reconcile(object);
  };
  const stop = server.store.listen(({ type, object }) => {
    if (type === 'DELETED' && object.kind === 'Pod') setImmediate(() => !stopped && cluster.replace(object));
    if (type !== 'DELETED') setImmediate(() => reconcile(object));
  });
  return () => {
    stopped = true;
    stop();
  };
}

/** Adds a node with GPUs. */
export function addNode(server: KubeServer, name: string, gpus: number, labels: Record<string, string> = {}): void {
  server.store.put({
    ...{ apiVersion: 'v1', kind: 'Node', metadata: { name, labels }, spec: {} },
    status: { allocatable: { cpu: '192', memory: '2Ti', ...(gpus === 0 ? {} : { 'amd.com/gpu': String(gpus) }) } },
  } as never);
}

class Controllers {
  readonly #server: KubeServer;
  readonly #options: ControllerOptions;
  readonly #table: Readonly<Record<string, Reconcile>> = {
    Deployment: (each) => this.#deployment(each),
    Job: (each) => this.#job(each),
    Pod: (each) => this.#pod(each),
    PersistentVolumeClaim: (each) => this.#claim(each),
    ConfigMap: (each) => this.#mount(each),
    InferenceService: (each) => this.#server.store.patch(each, { status: READY }),
    AIMService: (each) => this.#server.store.patch(each, { status: { ...READY, status: 'Running' } }),
  };

  constructor(server: KubeServer, options: ControllerOptions) {
    this.#server = server;
    this.#options = options;
  }

  reconcile({ kind, metadata }: Stored): void {
    const object = this.#server.store.get(kind, metadata.namespace, metadata.name);
    if (object !== undefined) this.#table[kind]?.(object);
  }

  /** What follows from the end of a pod: its owner makes another one, and others find room. */
  replace({ metadata }: Stored): void {
    const [owner] = metadata.ownerReferences ?? [];
    const object = owner && this.#server.store.get(owner.kind, metadata.namespace, owner.name);
    if (object !== undefined) this.reconcile(object);
    this.placeWaiting();
  }

  placeWaiting(): void {
    for (const pod of this.#server.store.list('Pod')) if (pod.status.phase === 'Pending') this.reconcile(pod);
  }

  #deployment(owner: Stored): void {
    const { store } = this.#server;
    const { replicas = 1, template = { spec: {} } } = owner.spec;
    const version = hashOf(template);
    const pods = this.#podsOf(owner);
    for (const pod of pods) if (pod.metadata.labels?.['pod-template-hash'] !== version) store.remove(pod);
    const current = this.#podsOf(owner);
    for (let index = current.length; index < replicas; index++) {
      this.#makePod(owner, `${owner.metadata.name}-${version}-${randomUUID().slice(0, 5)}`, version);
    }
    const available = current.filter(isReady).length;
    store.patch(owner, {
      status: {
        observedGeneration: owner.metadata.generation,
        replicas: current.length,
        updatedReplicas: current.length,
        availableReplicas: available,
      },
    });
  }

  #job(owner: Stored): void {
    const { store } = this.#server;
    if ((owner.status.conditions ?? []).length > 0) return;
    const pods = this.#podsOf(owner);
    const phase = (wanted: string) => pods.filter((pod) => pod.status.phase === wanted).length;
    const limit = owner.spec.backoffLimit ?? 6;
    if (phase('Succeeded') > 0) {
      store.patch(owner, { status: { succeeded: 1, conditions: [{ type: 'Complete', status: 'True' }] } });
    } else if (phase('Failed') > limit) {
      const condition = {
        type: 'Failed',
        status: 'True',
        reason: 'BackoffLimitExceeded',
        message: 'Job has reached it',
      };
      store.patch(owner, { status: { failed: phase('Failed'), conditions: [condition] } });
    } else if (phase('Failed') === pods.length) {
      this.#makePod(owner, `${owner.metadata.name}-${randomUUID().slice(0, 5)}`, undefined);
    }
  }

  #podsOf({ metadata }: Stored): Stored[] {
    return this.#server.store
      .list('Pod', metadata.namespace)
      .filter((pod) => pod.metadata.ownerReferences?.[0]?.uid === metadata.uid);
  }

  #makePod(owner: Stored, name: string, version: string | undefined): void {
    const { template = { spec: {} } } = owner.spec;
    const own = owner.kind === 'Job' ? { 'job-name': owner.metadata.name } : { 'pod-template-hash': version };
    this.#server.store.put({
      ...{ apiVersion: 'v1', kind: 'Pod', spec: template.spec, status: { phase: 'Pending' } },
      metadata: {
        ...{ name, namespace: owner.metadata.namespace, labels: { ...template.metadata?.labels, ...own } },
        ownerReferences: [{ kind: owner.kind, name: owner.metadata.name, uid: owner.metadata.uid }],
      },
    } as never);
  }

  #pod(pod: Stored): void {
    const owner = pod.metadata.ownerReferences?.[0];
    if (pod.status.phase === 'Pending' && pod.spec.nodeName === undefined) this.#place(pod);
    if (owner !== undefined)
      this.reconcile({ ...pod, kind: owner.kind, metadata: { ...pod.metadata, name: owner.name } });
  }

  #place(pod: Stored): void {
    const problem = this.#unboundClaim(pod) ?? this.#noNode(pod);
    if (typeof problem === 'string') {
      const condition = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: problem };
      this.#server.store.patch(pod, { status: { phase: 'Pending', conditions: [condition] } });
      this.#event(pod, 'FailedScheduling', problem);
      return;
    }
    const placed = this.#server.store.patch(pod, { spec: { ...pod.spec, nodeName: problem.metadata.name } });
    this.#live(placed);
  }

  #unboundClaim(pod: Stored): string | undefined {
    const waiting = (pod.spec.volumes ?? []).some(({ persistentVolumeClaim: claim }) => {
      if (claim === undefined) return false;
      const found = this.#server.store.get('PersistentVolumeClaim', pod.metadata.namespace, claim.claimName);
      return found?.status.phase !== 'Bound';
    });
    return waiting ? '0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims.' : undefined;
  }

  #noNode(pod: Stored): Stored | string {
    const wanted = gpusOf(pod);
    const nodes = this.#server.store.list('Node');
    const free = nodes.find((node) => {
      const own = Number(node.status.allocatable?.['amd.com/gpu'] ?? 0);
      const taken = this.#server.store
        .list('Pod')
        .filter(({ spec, status }) => spec.nodeName === node.metadata.name && !hasEnded(status.phase))
        .reduce((sum, each) => sum + gpusOf(each), 0);
      return own - taken >= wanted;
    });
    return free ?? `0/${nodes.length} nodes are available: ${nodes.length} Insufficient amd.com/gpu.`;
  }

  #live(pod: Stored): void {
    const secret = this.#missingSecret(pod);
    if (secret !== undefined) {
      const message = `secret "${secret}" not found`;
      this.#event(pod, 'Failed', `Error: ${message}`);
      this.#status(pod, 'Pending', { waiting: { reason: 'CreateContainerConfigError', message } });
      return;
    }
    if (this.#lacksFiles(pod)) {
      this.#status(pod, 'Pending', { waiting: { reason: 'ContainerCreating' } });
      return;
    }
    if (this.#options.run !== undefined) {
      this.#status(pod, 'Running', { running: {} }, true);
      void this.#options.run(pod).then((end) => this.#fate(pod, end));
      return;
    }
    const isJob = pod.metadata.ownerReferences?.[0]?.kind === 'Job';
    this.#fate(pod, this.#options.fate?.(pod) ?? (isJob ? 'succeed' : 'ready'));
  }

  #fate(pod: Stored, fate: Fate): void {
    const image = pod.spec.containers?.[0]?.image ?? '';
    const killed = { terminated: { exitCode: 137, reason: 'OOMKilled' } };
    const fates: Readonly<Record<Fate, () => void>> = {
      ready: () => this.#status(pod, 'Running', { running: {} }, true),
      'not-ready': () => {
        this.#event(pod, 'Unhealthy', 'Startup probe failed: HTTP probe failed with statuscode: 503');
        this.#status(pod, 'Running', { running: {} });
      },
      'image-pull': () => {
        this.#event(pod, 'Failed', `Failed to pull image "${image}": not found`);
        const waiting = { reason: 'ImagePullBackOff', message: `Back-off pulling image "${image}"` };
        this.#status(pod, 'Pending', { waiting });
      },
      'out-of-memory': () =>
        this.#status(pod, 'Running', { waiting: { reason: 'CrashLoopBackOff' } }, false, {
          restartCount: 3,
          lastState: killed,
        }),
      crash: () => {
        const lastState = { terminated: { exitCode: 3, reason: 'Error' } };
        this.#status(pod, 'Running', { waiting: { reason: 'CrashLoopBackOff' } }, false, {
          restartCount: 2,
          lastState,
        });
      },
      succeed: () => this.#status(pod, 'Succeeded', { terminated: { exitCode: 0, reason: 'Completed' } }),
      fail: () => this.#status(pod, 'Failed', { terminated: { exitCode: 1, reason: 'Error' } }),
    };
    fates[fate]();
  }

  #status(pod: Stored, phase: string, state: object, ready = false, more: object = {}): void {
    const statuses = (pod.spec.containers ?? []).map(({ name }) => ({
      ...{ name, ready, started: ready, restartCount: 0, state, ...more },
    }));
    const conditions = [{ type: 'Ready', status: ready ? 'True' : 'False' }];
    this.#server.store.patch(pod, { status: { phase, conditions, containerStatuses: statuses } });
  }

  /** Pods that were placed before their files came go on with them. */
  #mount({ metadata }: Stored): void {
    for (const pod of this.#server.store.list('Pod', metadata.namespace)) {
      const waits = pod.spec.volumes?.some(({ configMap }) => configMap?.name === metadata.name) ?? false;
      if (waits && pod.status.phase === 'Pending' && pod.spec.nodeName !== undefined) this.#live(pod);
    }
  }

  #lacksFiles({ metadata, spec }: Stored): boolean {
    const names = (spec.volumes ?? []).flatMap(({ configMap }) => configMap?.name ?? []);
    return names.some((name) => this.#server.store.get('ConfigMap', metadata.namespace, name) === undefined);
  }

  #missingSecret(pod: Stored): string | undefined {
    const variables = (pod.spec.containers ?? []).flatMap(({ env }) => env ?? []);
    const names = variables.flatMap(({ valueFrom }) => valueFrom?.secretKeyRef?.name ?? []);
    return names.find((name) => this.#server.store.get('Secret', pod.metadata.namespace, name) === undefined);
  }

  #claim(claim: Stored): void {
    if (claim.status.phase !== undefined) return;
    const name = claim.spec.storageClassName;
    const classes = this.#server.store.list('StorageClass').map(({ metadata }) => metadata.name);
    const bound = name === undefined ? classes.length > 0 : classes.includes(name);
    if (!bound) this.#event(claim, 'ProvisioningFailed', `storageclass.storage.k8s.io "${name ?? ''}" not found`);
    this.#server.store.patch(claim, { status: { phase: bound ? 'Bound' : 'Pending' } });
    this.placeWaiting();
  }

  #event({ kind, metadata }: Stored, reason: string, message: string): void {
    const { name, namespace, uid } = metadata;
    this.#server.store.put({
      ...{ apiVersion: 'v1', kind: 'Event', metadata: { name: `${name}.${reason.toLowerCase()}`, namespace } },
      ...{ involvedObject: { kind, name, uid }, reason, message, type: 'Warning' },
    });
  }
}

const READY = { conditions: [{ type: 'Ready', status: 'True' }] };

function isReady({ status }: Stored): boolean {
  return status.conditions?.some((each) => each.type === 'Ready' && each.status === 'True') ?? false;
}

function hasEnded(phase: string | undefined): boolean {
  return phase === 'Succeeded' || phase === 'Failed';
}

function gpusOf(pod: Stored): number {
  const containers = [...(pod.spec.containers ?? []), ...(pod.spec.initContainers ?? [])];
  return Math.max(0, ...containers.map(({ resources }) => Number(resources?.limits?.['amd.com/gpu'] ?? 0)));
}

function hashOf(value: object): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 8);
}
