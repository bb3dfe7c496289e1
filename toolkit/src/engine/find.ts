import type { ContainerHost } from '../docker/containers.ts';
import { nearest } from 'aim-runtime/system';
import { failure } from '../exit-codes.ts';
import { ENDPOINT_LABEL, parseEndpoint, type Endpoint } from './endpoint.ts';

/** All endpoints of this host by name, running or not. */
export async function findEndpoints(containers: ContainerHost): Promise<Endpoint[]> {
  const found = (await containers.list([ENDPOINT_LABEL])).flatMap((container) => parseEndpoint(container) ?? []);
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Which endpoints a command is for: one by name or all of a model, or all there are. */
export interface EndpointChoice {
  readonly target: string | undefined;
  readonly all: boolean;
}

/** The endpoints that were named. @throws AimError usage when none is, or when nothing was named */
export function selectEndpoints(endpoints: readonly Endpoint[], { target, all }: EndpointChoice): Endpoint[] {
  if (target === undefined) {
    if (all) return [...endpoints];
    throw failure('usage', {
      message: 'no endpoint was named',
      hint: 'Name one as aimctl list shows it, or its model, or give --all.',
    });
  }
  if (all) throw failure('usage', { message: 'name an endpoint or give --all, not both' });
  const byName = endpoints.filter(({ name, id }) => name === target || (target.length >= 12 && id.startsWith(target)));
  if (byName.length > 0) return byName;
  const byModel = endpoints.filter(({ model }) => model.toLowerCase() === target.toLowerCase());
  if (byModel.length > 0) return byModel;
  const names = [...new Set(endpoints.flatMap(({ name, model }) => [name, model]))];
  const close = nearest(target, names);
  throw failure('usage', {
    message: `there is no endpoint "${target}" on this host`,
    hint: close === undefined ? 'See which there are with aimctl list.' : `Did you mean ${close}?`,
  });
}

/** The one endpoint that was named, or the only one of a model. @throws AimError usage when there are several */
export function selectEndpoint(endpoints: readonly Endpoint[], target: string | undefined): Endpoint {
  const [only, ...others] = selectEndpoints(endpoints, { target, all: false });
  if (only !== undefined && others.length === 0) return only;
  throw failure('usage', {
    message: `${target ?? ''} has several endpoints`,
    hint: `Name one: ${[only, ...others].map((endpoint) => endpoint?.name ?? '').join(', ')}.`,
  });
}
