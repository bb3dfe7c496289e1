import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';

const FIXTURES = join(import.meta.dirname, '../fixtures/deploy');

/** Versions of the Kubernetes API that objects are held against. */
export const API_VERSIONS = ['1.32', '1.36'] as const;

/** Definitions of kinds that belong to Kubernetes itself, by `apiVersion/kind`. */
const BUILT_IN: Readonly<Record<string, string>> = {
  'v1/ConfigMap': 'V1ConfigMap',
  'v1/PersistentVolumeClaim': 'V1PersistentVolumeClaim',
  'v1/Service': 'V1Service',
  'apps/v1/Deployment': 'V1Deployment',
  'batch/v1/Job': 'V1Job',
  'policy/v1/PodDisruptionBudget': 'V1PodDisruptionBudget',
  'autoscaling/v2/HorizontalPodAutoscaler': 'V2HorizontalPodAutoscaler',
};

/** Says what is wrong with an object in one version of the API; nothing when it is fine. */
export function createObjectChecker(version: (typeof API_VERSIONS)[number]): (object: object) => string[] {
  const ajv = new Ajv({ strict: true, allowUnionTypes: true, allErrors: true });
  ajv.addSchema(load(`kubernetes-${version}`)).addSchema(load('custom-resources'));
  return (object) => {
    const { apiVersion, kind } = object as { apiVersion: string; kind: string };
    const name = BUILT_IN[`${apiVersion}/${kind}`];
    const reference = name === undefined ? `custom-resources#/definitions/${kind}` : `kubernetes#/definitions/${name}`;
    const validate = ajv.getSchema(reference);
    if (!validate) return [`${apiVersion} ${kind} is not known`];
    return problemsOf(validate, object).map((problem) => `${kind}${problem}`);
  };
}

/** Says what is wrong with a compose file. */
export function checkCompose(file: unknown): string[] {
  return problemsOf(new Ajv({ strict: true, allowUnionTypes: true, allErrors: true }).compile(load('compose')), file);
}

/** Says what is wrong with data by a schema. */
export function problemsOf(validate: ValidateFunction, data: unknown): string[] {
  if (validate(data)) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath} ${message ?? ''} ${JSON.stringify(params)}`,
  );
}

function load(name: string): object {
  return JSON.parse(readFileSync(join(FIXTURES, `${name}.json`), 'utf8')) as object;
}
