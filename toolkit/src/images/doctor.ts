import { AimError, messageOf } from 'aim-runtime/system';
import type { ContainerEngine } from '../docker/engine.ts';
import { formatRepository, type Repository } from '../oci/reference.ts';
import type { Registry } from '../oci/registry.ts';
import type { Platform } from '../oci/types.ts';
import { fetchBase, type RegistryBase } from './base-image.ts';

/** `warning`: something works differently or not at all, but images can be made. */
export type CheckStatus = 'ok' | 'warning' | 'failed' | 'skipped';

export interface Check {
  readonly name: 'docker' | 'registry' | 'base' | 'push' | 'mount' | 'referrers';
  /** Engine, registry, image or repository. */
  readonly subject: string;
  readonly status: CheckStatus;
  readonly text: string;
  readonly hint: string | null;
}

/** One check for the engine. Where none `isNeeded`, because models can be pushed without, a missing one is a warning. */
export async function checkEngine(connect: () => Promise<ContainerEngine>, isNeeded: boolean): Promise<Check> {
  try {
    const engine = await connect();
    const { version, apiVersion } = await engine.version();
    return ok('docker', engine.endpoint, `Docker Engine ${version}, API ${apiVersion}`);
  } catch (error) {
    const check = failed('docker', 'Docker Engine', error);
    if (isNeeded) return check;
    return { ...check, status: 'warning', hint: `${check.hint ?? ''} --push works without an engine.`.trim() };
  }
}

/** Whether the registry answers, and whose credentials it takes: one request. */
export async function checkRegistry(registry: Registry, host: string): Promise<Check> {
  try {
    const { scheme, credentialSource } = await registry.ping(host);
    const access = scheme === undefined ? 'no authentication' : `${scheme} authentication`;
    const source = scheme === undefined ? '' : `, credentials: ${credentialSource ?? 'none'}`;
    return ok('registry', host, `answers; ${access}${source}`);
  } catch (error) {
    return failed('registry', host, error);
  }
}

export interface RepositoryRequest {
  readonly repositories: readonly Repository[];
  readonly base: string;
  readonly platform: Platform;
}

/**
 * Checks of all repositories, four requests each at most: whether they may be pushed to, take over layers of the
 * base, and list referrers. What is begun for that is given up again; a layer that was mounted stays.
 */
export async function checkRepositories(registry: Registry, request: RepositoryRequest): Promise<Check[]> {
  const { base, check } = await findBase(registry, request);
  const checks = await Promise.all(
    request.repositories.map(async (repository) => [
      ...(await checkPush(registry, repository, base)),
      await checkReferrers(registry, repository),
    ]),
  );
  return [check, ...checks.flat()];
}

async function findBase(
  registry: Registry,
  { base: reference, platform }: RepositoryRequest,
): Promise<{ base: RegistryBase | undefined; check: Check }> {
  try {
    const base = await fetchBase(registry, reference, platform);
    return { base, check: ok('base', reference, `${base.layers.length} layers, ${base.digest}`) };
  } catch (error) {
    return { base: undefined, check: failed('base', reference, error) };
  }
}

/** Mounting a layer also shows whether the repository may be written to. */
async function checkPush(registry: Registry, target: Repository, base: RegistryBase | undefined): Promise<Check[]> {
  const subject = formatRepository(target);
  const layer = base?.layers.toSorted((a, b) => a.size - b.size)[0];
  try {
    if (base === undefined || layer === undefined || base.repository.host !== target.host) {
      registry.intend(target, { push: true, mountFrom: [] });
      await registry.cancelUpload(await registry.startUpload(target));
      return [ok('push', subject, 'may be pushed to'), describeMount(subject, base)];
    }
    registry.intend(target, { push: true, mountFrom: [base.repository] });
    const result = await registry.mountBlob(target, base.repository, layer.digest);
    if (result.outcome === 'refused') await registry.cancelUpload(result.session);
    return [ok('push', subject, 'may be pushed to'), describeMount(subject, base, result.outcome)];
  } catch (error) {
    return [
      failed('push', subject, error),
      { name: 'mount', subject, status: 'skipped', text: 'cannot be tried without the right to push', hint: null },
    ];
  }
}

function describeMount(subject: string, base: RegistryBase | undefined, outcome?: 'mounted' | 'refused'): Check {
  const from = base === undefined ? 'the base' : formatRepository(base.repository);
  if (outcome === 'mounted') return ok('mount', subject, `layers of ${from} are mounted`);
  if (base === undefined) {
    return { name: 'mount', subject, status: 'skipped', text: 'cannot be tried without a base image', hint: null };
  }
  const text =
    outcome === 'refused' ? `the registry does not mount layers of ${from}` : `${from} is in another registry`;
  const hint = 'The base would have to be uploaded for each model: see the message of build-model --push for the cure.';
  return { name: 'mount', subject, status: 'failed', text, hint };
}

async function checkReferrers(registry: Registry, repository: Repository): Promise<Check> {
  const subject = formatRepository(repository);
  try {
    if (await registry.supportsReferrers(repository)) return ok('referrers', subject, 'listed by the registry');
    const hint = 'Signatures and attestations are then listed under a tag of their own, as the specification says.';
    return { name: 'referrers', subject, status: 'warning', text: 'the registry has no list of referrers', hint };
  } catch (error) {
    return { ...failed('referrers', subject, error), status: 'warning' };
  }
}

function ok(name: Check['name'], subject: string, text: string): Check {
  return { name, subject, status: 'ok', text, hint: null };
}

function failed(name: Check['name'], subject: string, error: unknown): Check {
  if (!(error instanceof AimError) || error.code === 'interrupted') throw error;
  return { name, subject, status: 'failed', text: messageOf(error), hint: error.hint ?? null };
}
