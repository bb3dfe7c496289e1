import { connectRegistries, type ConnectOptions, type RegistryEvent } from '../../src/oci/connect.ts';
import type { Registry } from '../../src/oci/registry.ts';

/** A client that owes nothing to this machine's settings. */
export function testClient(options: Partial<ConnectOptions> = {}): Registry & { readonly events: RegistryEvent[] } {
  const events: RegistryEvent[] = [];
  const registry = connectRegistries({
    env: {},
    home: '/nonexistent',
    uid: undefined,
    signal: new AbortController().signal,
    insecure: () => false,
    userAgent: 'aimctl-test',
    onEvent: (event) => events.push(event),
    ...options,
    tuning: { root: '/nonexistent', ...options.tuning },
  });
  return { ...registry, events };
}
