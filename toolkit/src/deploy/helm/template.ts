import { isDeepStrictEqual } from 'node:util';
import { renderYaml } from '../yaml.ts';
import { findBinding, type Binding } from './bindings.ts';

/** A template of a chart, and the values that it takes. */
export interface ChartTemplate {
  readonly text: string;
  readonly values: readonly BoundValue[];
}

export interface BoundValue {
  readonly binding: Binding;
  /** As it is in the object: the chart's default. */
  readonly value: unknown;
}

/** Facts of a release that stand in an object until its template is written. They are valid names and labels. */
export const RELEASE = {
  name: 'aimctl-release-name',
  namespace: 'aimctl-release-namespace',
  service: 'aimctl-release-service',
  revision: 'aimctl-release-revision',
} as const;

const ACTIONS: Readonly<Record<string, string>> = {
  [RELEASE.namespace]: '{{ .Release.Namespace }}',
  [RELEASE.service]: '{{ .Release.Service }}',
  [RELEASE.revision]: '{{ .Release.Revision }}',
  [RELEASE.name]: '{{ .Release.Name }}',
};
const MARK = /"aimctl-value-(\d+)"/;

/** An object as a template: bound values become references, facts of the release become actions. */
export function renderTemplate(kind: string, object: object): ChartTemplate {
  const values: BoundValue[] = [];
  const marked = mark(object, [], (path, value) => {
    const binding = findBinding(kind, path);
    return binding === undefined ? undefined : values.push({ binding, value }) - 1;
  });
  const lines = escapeActions(renderYaml(marked, { forced: true })).split('\n');
  const text = lines.map((line) => referValues(line, values)).join('\n');
  return { text: Object.entries(ACTIONS).reduce((all, [fact, action]) => all.replaceAll(fact, action), text), values };
}

/** Values by their places; several uses of one value have to agree. */
export function collectValues(bound: readonly BoundValue[]): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const { binding, value } of bound) {
    const [first = '', second] = binding.value;
    const group = second === undefined ? values : ((values[first] ??= {}) as Record<string, unknown>);
    const key = second ?? first;
    if (key in group && !isDeepStrictEqual(group[key], value))
      throw new Error(`${binding.value.join('.')} has two values`);
    group[key] = value;
  }
  return values;
}

/** Replaces what `bind` knows by marks, depth first from the root. */
function mark(
  value: unknown,
  path: readonly string[],
  bind: (path: readonly string[], value: unknown) => number | undefined,
): unknown {
  const index = bind(path, value);
  if (index !== undefined) return `aimctl-value-${index}`;
  if (Array.isArray(value)) return value.map((item, place) => mark(item, [...path, String(place)], bind));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mark(item, [...path, key], bind)]));
}

/** What is no action must not look like one. */
function escapeActions(text: string): string {
  return text.replaceAll('{{', '{{ "{{" }}');
}

function referValues(line: string, values: readonly BoundValue[]): string {
  const [marked, index] = MARK.exec(line) ?? [];
  const bound = index === undefined ? undefined : values[Number(index)];
  if (marked === undefined || bound === undefined) return line;
  const reference = `.Values.${bound.binding.value.join('.')}`;
  if (typeof bound.value === 'string') return line.replace(marked, `{{ ${reference} | quote }}`);
  if (typeof bound.value !== 'object') return line.replace(marked, `{{ ${reference} }}`);
  const indent = (/^ */.exec(line)?.[0].length ?? 0) + 2;
  return `${line.replace(` ${marked}`, '')}\n${' '.repeat(indent)}{{- toYaml ${reference} | nindent ${indent} }}`;
}
