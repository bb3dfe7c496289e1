import { canonicalName } from 'aim-runtime/engine';
import type { EngineArgs } from 'aim-runtime/profile';
import { redactShapes, isSecretName } from 'aim-runtime/system';
import { failure } from '../exit-codes.ts';
import type { GatewayReference, SecretReference } from './request.ts';

/** Names of Services begin with a letter in every version of Kubernetes (RFC 1035). */
const LABEL = /^[a-z](?:[-a-z0-9]*[a-z0-9])?$/;
/** Names of Namespaces may begin with a digit (RFC 1123). */
const NAMESPACE = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?$/;
const SECRET_KEY = /^[-._a-zA-Z0-9]+$/;
/** Suffixes such as `-predictor` have to fit into a label of 63 characters. */
export const LONGEST_NAME = 50;
const LONGEST_LABEL = 63;
const LONGEST_SUBDOMAIN = 253;
const UNITS: Readonly<Record<string, number>> = { Mi: 1024 ** 2, Gi: 1024 ** 3, Ti: 1024 ** 4 };
const LEAST_CACHE_BYTES = 1024 ** 3;

/** Checks `--name`. @throws AimError usage */
export function parseDeploymentName(text: string): string {
  if (LABEL.test(text) && text.length <= LONGEST_NAME) return text;
  throw failure('usage', {
    message: `"${text}" is no name of a deployment`,
    hint: `Use at most ${LONGEST_NAME} lower-case letters, digits and "-", a letter first and no "-" last.`,
  });
}

/** Checks `--namespace`. @throws AimError usage */
export function parseNamespace(text: string): string {
  if (NAMESPACE.test(text) && text.length <= LONGEST_LABEL) return text;
  throw failure('usage', {
    message: `"${text}" is no name of a namespace`,
    hint: `Use at most ${LONGEST_LABEL} lower-case letters, digits and "-", no "-" first or last.`,
  });
}

/** Checks the name of a Secret, a StorageClass, a PriorityClass or a Gateway. @throws AimError usage */
export function parseObjectName(flag: string, text: string): string {
  if (SUBDOMAIN.test(text) && text.length <= LONGEST_SUBDOMAIN) return text;
  throw failure('usage', {
    message: `${flag} takes the name of a Kubernetes object, not "${text}"`,
    hint: 'Use lower-case letters, digits, "-" and ".", a letter or digit first and last.',
  });
}

/** Reads `NAME[:KEY]`; the key is `token` unless it is said. @throws AimError usage */
export function parseSecretReference(text: string): SecretReference {
  const [name = '', key = 'token', ...rest] = text.split(':');
  // A token that was typed here instead of a name must not be repeated in a message.
  if (rest.length === 0 && SUBDOMAIN.test(name) && SECRET_KEY.test(key) && !name.startsWith('hf_'))
    return { name, key };
  throw failure('usage', {
    message: '--hf-secret takes the name of a Secret and the key in it, NAME[:KEY], not the token itself',
    hint: 'Make one with kubectl create secret generic hf-token --from-literal=token=… and give --hf-secret hf-token.',
  });
}

/** Reads `[NAMESPACE/]NAME`. @throws AimError usage */
export function parseGateway(text: string): GatewayReference {
  const [first = '', second, ...rest] = text.split('/');
  if (rest.length > 0) throw failure('usage', { message: `--gateway takes [NAMESPACE/]NAME, not "${text}"` });
  if (second === undefined) return { name: parseObjectName('--gateway', first), namespace: undefined };
  return { name: parseObjectName('--gateway', second), namespace: parseNamespace(first) };
}

/** Checks `--hostname`; a `*` may stand for the first part. @throws AimError usage */
export function parseHostname(text: string): string {
  const host = text.startsWith('*.') ? text.slice(2) : text;
  if (SUBDOMAIN.test(host) && text.length <= LONGEST_SUBDOMAIN && !/^[\d.]+$/.test(host) && !host.includes('..'))
    return text;
  throw failure('usage', {
    message: `"${text}" is no host name`,
    hint: 'For example --hostname llm.example.com; addresses and ports do not belong there.',
  });
}

/** Reads a size such as `500Gi` as bytes. @throws AimError usage */
export function parseCacheSize(text: string): number {
  const [, digits, unit = ''] = /^(\d{1,6})(Mi|Gi|Ti)$/.exec(text) ?? [];
  const sizeBytes = Number(digits) * (UNITS[unit] ?? NaN);
  if (sizeBytes >= LEAST_CACHE_BYTES) return sizeBytes;
  throw failure('usage', {
    message: `--cache-size takes a size of at least 1Gi, not "${text}"`,
    hint: 'Write it with Mi, Gi or Ti, for example 500Gi.',
  });
}

/** Reads `44,109` as numeric groups. @throws AimError usage */
export function parseGroups(text: string): number[] {
  const groups = text.split(',').map((part) => (/^\s*\d{1,9}\s*$/.test(part) ? Number(part) : NaN));
  if (groups.every((group) => Number.isInteger(group))) return [...new Set(groups)];
  throw failure('usage', {
    message: `--device-groups takes numbers of groups with commas between, not "${text}"`,
    hint: 'See them on a GPU node with: stat -c %g /dev/kfd /dev/dri/renderD*',
  });
}

/** Checks `--prometheus-url`. @throws AimError usage */
export function parsePrometheusUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '')
    return text.replace(/\/+$/, '');
  throw failure('usage', {
    message: '--prometheus-url takes an http or https address without credentials',
    hint: 'For example http://prometheus.monitoring.svc:9090.',
  });
}

/** Variables that this program sets, and by which flag if any. */
const OWN_VARIABLES: Readonly<Record<string, string | undefined>> = {
  AIM_ENGINE: '--engine',
  AIM_ENGINE_ARGS: '--engine-args',
  AIM_GPU_COUNT: '--gpu-count',
  AIM_METRIC: '--metric',
  AIM_MODEL_ID: 'the model',
  AIM_PORT: undefined,
  AIM_PROFILE_ID: '--profile',
  AIM_SUPERVISE_PORT: undefined,
};

/**
 * Refuses variables that hold secrets, by name or by the look of a value, as they would be written into files, and
 * those that this program sets. @throws AimError usage
 */
export function checkVariables(env: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(env)) {
    if (isSecretName(name) || redactShapes(value) !== value) throw secretInFile(`--env ${name}=…`);
    if (!(name in OWN_VARIABLES)) continue;
    const flag = OWN_VARIABLES[name];
    throw failure('usage', {
      message: `--env ${name} is set by this program`,
      hint: flag === undefined ? 'Leave it out: services and probes rely on it.' : `Say it with ${flag}.`,
    });
  }
}

/** Refuses engine arguments that hold secrets. @throws AimError usage */
export function refuseSecretArgs(engineArgs: EngineArgs): void {
  const secret = Object.keys(engineArgs).find((name) => isSecretName(canonicalName(name)));
  if (secret !== undefined) throw secretInFile(`--engine-args with ${secret}`);
}

function secretInFile(what: string): Error {
  return failure('usage', {
    message: `${what} would write a secret into a file`,
    hint: 'Secrets are handed over by reference only: --hf-secret NAME[:KEY] for the token of the model hub.',
  });
}
