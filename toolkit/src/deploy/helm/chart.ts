import type { TextFile } from '../../documents/write.ts';
import type { DeploymentPlan } from '../deployment-plan.ts';
import type { KubernetesObject } from '../kubernetes/object.ts';
import { renderKubernetes } from '../kubernetes/render.ts';
import { objectFileName } from '../object-files.ts';
import { renderYaml } from '../yaml.ts';
import { collectValues, RELEASE, renderTemplate, type BoundValue } from './template.ts';

/** Helm names a chart's version by three numbers; the objects are those of Kubernetes 1.27 and later. */
const KUBE_VERSION = '>=1.27.0-0';

/** The files of a chart: the very objects of a plain deployment, with references where a user may set a value. */
export function renderChart(plan: DeploymentPlan, version: string): TextFile[] {
  const templates = releaseObjects(plan).map((object) => ({ object, ...renderTemplate(object.kind, object) }));
  const bound = templates.flatMap(({ values }) => values);
  const chart = {
    apiVersion: 'v2',
    name: plan.name,
    description: `Serves ${plan.model} with the profile ${plan.profile.id}`,
    type: 'application',
    version,
    appVersion: version,
    kubeVersion: KUBE_VERSION,
  };
  const schema = `${JSON.stringify(valuesSchema(bound), undefined, 2)}\n`;
  return [
    { path: 'Chart.yaml', text: renderYaml(chart) },
    { path: 'values.yaml', text: renderYaml(collectValues(bound)) },
    { path: 'values.schema.json', text: schema },
    ...templates.map(({ object, text }) => ({ path: `templates/${objectFileName(object)}`, text })),
    { path: 'templates/NOTES.txt', text: notes() },
  ];
}

/** Objects of any release: what depends on its name, namespace or revision is marked. */
function releaseObjects(plan: DeploymentPlan): (Omit<KubernetesObject, 'metadata'> & { readonly metadata: object })[] {
  const objects = renderKubernetes({
    ...plan,
    name: RELEASE.name,
    namespace: RELEASE.namespace,
    manager: RELEASE.service,
  });
  return objects.map((object) => {
    const metadata = { ...object.metadata, namespace: undefined };
    // A Job cannot change, so that every revision of a release has its own.
    const name = object.kind === 'Job' ? `${RELEASE.name}-preload-${RELEASE.revision}` : metadata.name;
    return { ...object, metadata: { ...metadata, name } };
  });
}

/** Types of the values; one that the chart does not know is refused. */
function valuesSchema(bound: readonly BoundValue[]): object {
  const properties: Record<string, unknown> = {};
  for (const { binding } of bound) {
    const [first = '', second] = binding.value;
    if (second === undefined) properties[first] = binding.schema;
    else {
      const group = (properties[first] ?? closedObject({})) as { properties: object };
      properties[first] = closedObject({ ...group.properties, [second]: binding.schema });
    }
  }
  // Helm hands `global` to every chart.
  const all = { ...properties, global: { type: 'object' } };
  return { $schema: 'http://json-schema.org/draft-07/schema#', ...closedObject(all, Object.keys(properties)) };
}

function closedObject(properties: object, required = Object.keys(properties)): { properties: object } {
  return { ...{ type: 'object', additionalProperties: false, required }, properties };
}

function notes(): string {
  const service = '{{ .Release.Name }}';
  return [
    'The model is loaded; until it is, its pods are not ready:',
    `  kubectl --namespace {{ .Release.Namespace }} rollout status deployment/${service}`,
    'Then ask it something:',
    `  kubectl --namespace {{ .Release.Namespace }} port-forward service/${service} 8000:8000`,
    '  curl http://localhost:8000/v1/models',
    '',
  ].join('\n');
}
