import { connectRegistries, type ConnectOptions, type RegistryEvent } from '../../src/oci/connect.ts';
import type { Registry } from '../../src/oci/registry.ts';

/** A client that owes nothing to this machine's settings. */
export function testClient(options: Partial<ConnectOptions> = {}): Registry & { readonly events: RegistryEvent[] } {
  const events: RegistryEvent[] = [];
  const { stallTimeoutMs } = options.tuning ?? {};
  // Content is stored at once here, so that no answer needs more time than any other.
  const limits = stallTimeoutMs === undefined ? {} : { answerTimeoutMs: stallTimeoutMs };
  const registry = connectRegistries({
    env: {},
    home: '/nonexistent',
    uid: undefined,
    signal: new AbortController().signal,
    insecure: () => false,
    userAgent: 'aimctl-test',
    onEvent: (event) => events.push(event),
    ...options,
    tuning: { root: '/nonexistent', ...limits, ...options.tuning },
  });
  return { ...registry, events };
}
