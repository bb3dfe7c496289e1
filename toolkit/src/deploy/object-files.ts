import type { TextFile } from '../documents/write.ts';
import type { KubernetesObject } from './kubernetes/object.ts';
import { renderYaml } from './yaml.ts';

/** `deployment.yaml`, `pod-disruption-budget.yaml`: no two objects of a deployment have one kind. */
export function objectFileName({ kind }: Pick<KubernetesObject, 'kind'>): string {
  const words = kind.replace(/(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/g, '-');
  return `${words.toLowerCase()}.yaml`;
}

/** One file for each object. */
export function renderObjectFiles(objects: readonly KubernetesObject[]): TextFile[] {
  return objects.map((object) => ({ path: objectFileName(object), text: renderYaml(object) }));
}
