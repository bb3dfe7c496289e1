import type { ContainerDetails, ContainerHost } from '../docker/containers.ts';
import { holdsResources, type Endpoint, type EndpointFacts } from './endpoint.ts';
import { findEndpoints } from './find.ts';

/** A container and what it needs for itself. */
export interface Claim extends Pick<EndpointFacts, 'gpus' | 'port'> {
  readonly id: string;
}

/** The other endpoints that hold, or are about to hold, a GPU or the port of a container. */
export async function findRivals(containers: ContainerHost, claim: Claim): Promise<Endpoint[]> {
  return (await findEndpoints(containers)).filter(
    (other) => other.id !== claim.id && holdsResources(other) && sharedOf(other, claim).length > 0,
  );
}

/** What two containers both need: `GPU renderD128`, `port 8000`. */
export function sharedOf(other: Omit<Claim, 'id'>, claim: Omit<Claim, 'id'>): string[] {
  const gpus = claim.gpus.filter((gpu) => other.gpus.includes(gpu)).map((gpu) => `GPU ${gpu}`);
  return other.port === claim.port ? [...gpus, `port ${claim.port}`] : gpus;
}

/**
 * The endpoint that a container which does not run yet has to give way to: one that runs, or that was made before.
 * Docker notes the time when it begins to make a container and lists it when it is done, so two may both find that
 * they are first; {@link findFirstStarted} decides between those.
 */
export function findFirstMade(containers: ContainerHost, claim: Claim): Promise<string | undefined> {
  return findEarlier(
    containers,
    claim,
    (rival, own) => rival.startedAt !== undefined || isBefore(rival, own, 'createdAt'),
  );
}

/** The endpoint that a container which was just started has to give way to: one that was started before. */
export function findFirstStarted(containers: ContainerHost, claim: Claim): Promise<string | undefined> {
  return findEarlier(
    containers,
    claim,
    (rival, own) => rival.startedAt !== undefined && isBefore(rival, own, 'startedAt'),
  );
}

async function findEarlier(
  containers: ContainerHost,
  claim: Claim,
  isEarlier: (rival: ContainerDetails, own: ContainerDetails) => boolean,
): Promise<string | undefined> {
  const rivals = await findRivals(containers, claim);
  const own = rivals.length === 0 ? undefined : await containers.inspect(claim.id);
  if (own === undefined) return undefined;
  for (const { id, name } of rivals) {
    const rival = await containers.inspect(id);
    if (rival !== undefined && isEarlier(rival, own)) return name;
  }
  return undefined;
}

/** By time, by id where Docker noted the same: the two never both win. */
function isBefore(a: ContainerDetails, b: ContainerDetails, key: 'createdAt' | 'startedAt'): boolean {
  const [timeA, timeB] = [nanoseconds(a[key]), nanoseconds(b[key])];
  return timeA < timeB || (timeA === timeB && a.id < b.id);
}

/** Docker leaves the zeros at the end of a fraction out, so that its times cannot be compared as texts. */
function nanoseconds(time: string | undefined): bigint {
  if (time === undefined) return 0n;
  const fraction = /\.(\d+)/.exec(time)?.[1] ?? '';
  const seconds = Date.parse(time.replace(/\.\d+/, '')) / 1000;
  return BigInt(seconds) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0').slice(0, 9));
}
