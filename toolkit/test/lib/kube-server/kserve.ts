import type { KubeServer } from './server.ts';
import type { Stored } from './store.ts';

interface Predictor {
  readonly minReplicas: number;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly model: { readonly runtime: string };
}

/**
 * Makes the Deployment of every InferenceService, as KServe does without Knative: when the service changes, and not when
 * its runtime does. Labels are copied, and who says `external` has its replicas left alone. Returns how to stop it.
 */
export function startKserve(server: KubeServer, delayMs = 0): () => void {
  const timers = new Set<NodeJS.Timeout>();
  const stop = server.store.listen(({ type, object }) => {
    if (type === 'DELETED' || object.kind !== 'InferenceService') return;
    const timer = setTimeout(() => serve(server, object), delayMs);
    timers.add(timer);
  });
  return () => {
    stop();
    for (const timer of timers) clearTimeout(timer);
  };
}

function serve({ store }: KubeServer, { metadata, spec }: Stored): void {
  const { name, namespace, labels, annotations, uid } = metadata;
  const { predictor } = spec as unknown as { readonly predictor: Predictor };
  const runtime = store.get('ServingRuntime', namespace, predictor.model.runtime);
  if (runtime === undefined) return;
  const { containers, volumes, annotations: own } = runtime.spec as Stored['spec'] & { readonly annotations?: object };
  const made = store.get('Deployment', namespace, `${name}-predictor`);
  const none = annotations?.['serving.kserve.io/autoscalerClass'] === 'none';
  store.put({
    ...{ apiVersion: 'apps/v1', kind: 'Deployment' },
    metadata: {
      name: `${name}-predictor`,
      namespace,
      labels,
      ownerReferences: [{ kind: 'InferenceService', name, uid }],
    },
    spec: {
      replicas: none ? predictor.minReplicas : (made?.spec.replicas ?? 1),
      template: {
        metadata: {
          labels: { ...labels, 'serving.kserve.io/inferenceservice': name },
          annotations: { ...own, ...predictor.annotations },
        },
        spec: { containers, volumes },
      },
    },
    ...(made === undefined ? {} : { status: made.status }),
  } as never);
}
