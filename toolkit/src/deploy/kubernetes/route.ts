import { PORTS, type DeploymentPlan } from '../deployment-plan.ts';
import { objectMetadata, type KubernetesObject } from './object.ts';

/** A route of the Gateway API, as far as it is used. https://gateway-api.sigs.k8s.io/reference/spec */
export interface HttpRoute extends KubernetesObject {
  readonly apiVersion: 'gateway.networking.k8s.io/v1';
  readonly kind: 'HTTPRoute';
  readonly spec: {
    readonly parentRefs: readonly { readonly name: string; readonly namespace?: string }[];
    readonly hostnames?: readonly string[];
    readonly rules: readonly {
      readonly matches: readonly { readonly path: { readonly type: 'PathPrefix'; readonly value: string } }[];
      readonly backendRefs: readonly { readonly name: string; readonly port: number }[];
      readonly timeouts: { readonly request: string };
    }[];
  };
}

/** Leads the API of the model from a Gateway to a Service; undefined where there is no route. Metrics stay inside. */
export function renderRoute(plan: DeploymentPlan, service: { name: string; port: number }): HttpRoute | undefined {
  if (plan.route === undefined) return undefined;
  const { hostname, gateway } = plan.route;
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: objectMetadata(plan),
    spec: {
      parentRefs: [
        { name: gateway.name, ...(gateway.namespace === undefined ? {} : { namespace: gateway.namespace }) },
      ],
      ...(hostname === undefined ? {} : { hostnames: [hostname] }),
      rules: [
        {
          matches: [{ path: { type: 'PathPrefix', value: '/v1' } }],
          backendRefs: [service],
          // No limit: an answer is streamed for as long as it takes.
          timeouts: { request: '0s' },
        },
      ],
    },
  };
}

/** The Service of a plain deployment. */
export function ownService({ name }: DeploymentPlan): { name: string; port: number } {
  return { name, port: PORTS.http };
}
