import { Ajv } from 'ajv';
import fc from 'fast-check';
import { load } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import type { DeploymentPlan } from '../../src/deploy/deployment-plan.ts';
import { renderFiles, renderObjects } from '../../src/deploy/render.ts';
import type { DeployRequest } from '../../src/deploy/request.ts';
import { deployPlan } from '../lib/deploy-plans.ts';
import { API_VERSIONS, createObjectChecker, problemsOf } from '../lib/deploy-schemas.ts';
import { renderGoTemplate } from '../lib/go-template.ts';

const EVERYTHING: Partial<DeployRequest> = {
  target: 'helm',
  cache: 'preload',
  accessMode: 'ReadWriteMany',
  storageClass: 'nfs',
  hfSecret: { name: 'hf', key: 'token' },
  pullSecrets: ['registry'],
  autoscaling: 'keda',
  maxReplicas: 3,
  hostname: 'llm.example.com',
  gateway: { name: 'public', namespace: 'gateways' },
  priorityClass: 'inference',
};

interface Release {
  readonly name?: string;
  readonly namespace?: string;
  readonly service?: string;
  readonly values?: (defaults: Record<string, unknown>) => Record<string, unknown>;
}

/** What `helm template` makes of a chart, in our own evaluator. */
async function install(said: Partial<DeployRequest>, release: Release = {}) {
  const plan = await deployPlan({ ...said, target: 'helm' });
  const files = new Map(renderFiles(plan, '0.9.0').map(({ path, text }) => [path, text]));
  const defaults = load(files.get('values.yaml')!) as Record<string, unknown>;
  const values = release.values?.(defaults) ?? defaults;
  const schema = JSON.parse(files.get('values.schema.json')!) as object;
  const problems = problemsOf(new Ajv({ strict: true }).compile(schema), values);
  const Release = {
    Name: release.name ?? plan.name,
    Namespace: release.namespace ?? plan.namespace,
    Service: release.service ?? 'aimctl',
    Revision: 7,
  };
  const rendered = (path: string) => renderGoTemplate(files.get(path)!, { Values: values, Release });
  const manifests = [...files.keys()].filter((path) => path.startsWith('templates/') && path.endsWith('.yaml'));
  return { plan, files, problems, rendered, objects: manifests.map((path) => load(rendered(path)) as object) };
}

/** The objects of a plain deployment as a chart has them: in the namespace of the release, with a Job for each revision. */
function expectedOf(plan: DeploymentPlan): object[] {
  const objects = JSON.parse(JSON.stringify(renderObjects(plan, 'kubernetes'))) as {
    kind: string;
    metadata: { name: string; namespace?: string };
  }[];
  for (const { kind, metadata } of objects) {
    delete metadata.namespace;
    if (kind === 'Job') metadata.name = `${plan.name}-preload-7`;
  }
  return objects;
}

describe('a chart', () => {
  it.each([
    { case: 'little is said', said: {} },
    { case: 'everything is said', said: EVERYTHING },
    {
      case: 'an HPA scales',
      said: { ...EVERYTHING, autoscaling: 'hpa' as const, cache: 'ephemeral' as const, accessMode: undefined },
    },
    { case: 'the base image serves', said: { image: 'ghcr.io/example/aim-base:0.9' } },
  ])('gives the objects of the plain deployment when $case', async ({ said }) => {
    const { plan, objects, problems } = await install(said);
    expect(problems).toEqual([]);
    expect(objects).toEqual(expectedOf(plan));
    for (const version of API_VERSIONS) expect(objects.flatMap(createObjectChecker(version))).toEqual([]);
  });

  it('is named, versioned and described as Helm wants it', async () => {
    const { files, rendered } = await install({});
    expect(load(files.get('Chart.yaml')!)).toMatchObject({ apiVersion: 'v2', type: 'application', version: '0.9.0' });
    expect([...files.keys()]).toEqual(expect.arrayContaining(['Chart.yaml', 'values.yaml', 'values.schema.json']));
    expect(rendered('templates/NOTES.txt')).toContain('port-forward service/aim-llama-3-1-8b-instruct');
  });

  it('puts values where they belong', async () => {
    const { objects, problems } = await install(EVERYTHING, {
      values: (defaults) => ({
        ...defaults,
        image: 'mirror.local/aim:1',
        deviceGroups: [7],
        hfSecret: { name: 'other', key: 'hub' },
        cache: { size: '2Ti', accessMode: 'ReadWriteMany', storageClass: 'slow' },
        autoscaling: { minReplicas: 2, maxReplicas: 9, prometheusUrl: 'http://p' },
      }),
    });
    expect(problems).toEqual([]);
    const text = JSON.stringify(objects);
    expect(text).not.toContain('ghcr.io/example');
    for (const part of [
      '"storage":"2Ti"',
      '"storageClassName":"slow"',
      '"maxReplicaCount":9',
      '"supplementalGroups":[7]',
      '"name":"other","key":"hub"',
    ])
      expect(text).toContain(part);
  });

  it.each([
    ['a value that is not known', { imgae: 'x' }],
    ['a wrong type', { deviceGroups: '44' }],
    ['a size that is none', { cache: { size: 'much', accessMode: 'ReadWriteMany', storageClass: 'nfs' } }],
  ])('refuses %s', async (_, wrong) => {
    const { problems } = await install(EVERYTHING, { values: (defaults) => ({ ...defaults, ...wrong }) });
    expect(problems).not.toEqual([]);
  });

  it('keeps names of releases and values texts, whatever they look like, and never takes a value for a template', async () => {
    const names = fc.constantFrom('123', 'on', 'null', '1e3', 'plain');
    const value = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('{{ .Values.image }}', '{{', '}}', '{{- "', '$(A)'),
    );
    await fc.assert(
      fc.asyncProperty(names, names, value, async (name, namespace, text) => {
        const { plan, objects } = await install({ env: { ODD: text } }, { name, namespace, service: 'Helm' });
        const expected = expectedOf({ ...plan, name, namespace, manager: 'Helm' });
        expect(objects).toEqual(expected);
      }),
      { numRuns: 30 },
    );
  });
});

describe('the evaluator', () => {
  const context = { Values: { a: { b: 'x' } }, Release: { Name: 'r' } };
  it.each([
    ['{{ .Values.a.b | quote }}', '"x"'],
    ['a: {{- toYaml .Values.a | nindent 2 }}', 'a:\n  b: x'],
    ['{{ "{{" }} {{ .Release.Name }}', '{{ r'],
  ])('renders %s', (text, expected) => {
    expect(renderGoTemplate(text, context)).toBe(expected);
  });

  it.each([
    '{{ .Values.a.c }}',
    '{{ if .Values.a }}',
    '{{.Values.a.b}}',
    '{{ .Values.a }}',
    '{{ shout .Values.a.b }}',
    'a {{ b',
  ])('refuses %s', (text) => {
    expect(() => renderGoTemplate(text, context)).toThrow();
  });
});
