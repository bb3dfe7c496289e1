import type { Registry } from '../../src/oci/registry.ts';
import type { FakeRegistry, FakeRegistryOptions } from './oci-fake-registry.ts';
import type { PushSetup } from './push-setup.ts';
import { tagState } from './release-setup.ts';

interface Cut {
  readonly start: (options: FakeRegistryOptions) => Promise<PushSetup>;
  readonly options: FakeRegistryOptions;
  readonly prepare: (client: Registry, fake: FakeRegistry) => Promise<void>;
  readonly work: (client: Registry, fake: FakeRegistry) => Promise<unknown>;
  /** Holds whenever the work was cut off. */
  readonly check: (fake: FakeRegistry) => void;
}

/** Runs `work` again and again, each time with one request more that gets through, and then without a fault. */
export async function cutEverywhere({
  start,
  options,
  prepare,
  work,
  check,
}: Cut): Promise<{ cuts: number; final: ReturnType<typeof tagState>[]; reruns: number[]; full: number }> {
  const final: ReturnType<typeof tagState>[] = [];
  const reruns: number[] = [];
  let full = 0;
  for (let allowed = 0; ; allowed += 1) {
    const controller = new AbortController();
    let left = Number.POSITIVE_INFINITY;
    const fault = () => {
      left -= 1;
      if (left >= 0) return undefined;
      // As if the process was killed: nothing more is sent, and this request is lost.
      controller.abort(new Error('killed'));
      return { kind: 'reset' } as const;
    };
    const { fake, client } = await start({ ...options, fault });
    await prepare(client(), fake);
    left = allowed;
    const before = fake.log.length;
    const isCut = await work(client(controller.signal), fake).then(
      () => false,
      () => true,
    );
    left = Number.POSITIVE_INFINITY;
    check(fake);
    if (!isCut) full = fake.log.length - before;
    const seen = fake.log.length;
    await work(client(), fake);
    reruns.push(fake.log.length - seen);
    final.push(tagState(fake, 'org'), tagState(fake, 'prod'));
    if (!isCut) return { cuts: allowed, final, reruns, full };
    await fake.stop();
  }
}
