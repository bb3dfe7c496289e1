import { describe, expect, it } from 'vitest';
import { planRegistryTag } from '../../src/images/retag.ts';
import type { Registry } from '../../src/oci/registry.ts';
import { applyRegistryTag } from '../../src/release/apply-tag.ts';
import type { HeldTagLock } from '../../src/versions/lock.ts';
import type { FakeRegistry } from '../lib/oci-fake-registry.ts';
import { push, setUpPushes } from '../lib/push-setup.ts';
import { plansFor, portsOf } from '../lib/release-setup.ts';

const { models, start } = setUpPushes();
const REPOSITORY = 'org/aim-acme-model-0';

/** A repository with versions; `latest` names the first of them. */
async function setUp(...versions: readonly string[]) {
  const { fake, client } = await start();
  const registry = client();
  for (const [index, version] of versions.entries())
    await push(registry, plansFor(models, fake.host, version, index + 1).slice(0, 1));
  const { tags } = fake.store.repositories.get(REPOSITORY)!;
  if (versions[0] !== undefined) tags.set('latest', tags.get(versions[0])!);
  const nameOf = (tag: string) => `${fake.host}/${REPOSITORY}:${tag}`;
  return { fake, registry, tags, nameOf };
}

function holding(written: ReadonlyMap<string, string> = new Map()) {
  const told = new Map<string, string>();
  let confirmed = 0;
  const held: HeldTagLock = {
    written,
    confirm: () => Promise.resolve(void (confirmed += 1)),
    release: () => Promise.resolve(),
  };
  const options = { held, onWritten: (reference: string, digest: string) => void told.set(reference, digest) };
  return { options, told, confirmed: () => confirmed };
}

const apply = async (
  registry: Registry,
  shown: Awaited<ReturnType<typeof planRegistryTag>>,
  options = holding().options,
) => applyRegistryTag(portsOf(registry), shown, options);

const puts = ({ log }: FakeRegistry) => log.filter(({ method }) => method === 'PUT').length;

describe('a further tag in a registry', () => {
  it('is written under the lock, and versions are told to those who come next', async () => {
    const { registry, tags, nameOf } = await setUp('0.9.0', '0.9.1');
    const { options, told, confirmed } = holding();
    await apply(registry, await planRegistryTag(registry, { source: nameOf('0.9.1'), tag: 'latest' }), options);
    expect(tags.get('latest')).toBe(tags.get('0.9.1'));
    expect([confirmed(), told.size]).toEqual([1, 0]);
    await apply(registry, await planRegistryTag(registry, { source: nameOf('0.9.1'), tag: '0.9.7' }), options);
    expect([...told]).toEqual([[nameOf('0.9.7'), tags.get('0.9.1')]]);
  });

  it('does not move latest back when a release moved it while the question was open', async () => {
    const { fake, registry, tags, nameOf } = await setUp('0.9.2', '0.9.3');
    const shown = await planRegistryTag(registry, { source: nameOf('0.9.3'), tag: 'latest' });
    await push(registry, plansFor(models, fake.host, '0.9.4', 9).slice(0, 1));
    tags.set('latest', tags.get('0.9.4')!);
    const before = puts(fake);
    await expect(apply(registry, shown)).rejects.toMatchObject({ code: 'check-failed' });
    expect(tags.get('latest')).toBe(tags.get('0.9.4'));
    expect(puts(fake)).toBe(before);
  });

  it('does not overwrite a version that was released while the question was open', async () => {
    const { registry, tags, nameOf } = await setUp('0.9.2', '0.9.3');
    const shown = await planRegistryTag(registry, { source: nameOf('0.9.3'), tag: '0.9.4' });
    tags.set('0.9.4', tags.get('0.9.2')!);
    await expect(apply(registry, shown)).rejects.toMatchObject({ code: 'check-failed' });
    expect(tags.get('0.9.4')).toBe(tags.get('0.9.2'));
  });

  it('counts versions that only the lock tells of', async () => {
    const { registry, tags, nameOf } = await setUp('0.9.2', '0.9.3');
    const { options } = holding(new Map([[nameOf('0.9.4'), 'sha256:other']]));
    for (const tag of ['0.9.4', 'latest']) {
      const shown = await planRegistryTag(registry, { source: nameOf('0.9.3'), tag });
      await expect(apply(registry, shown, options)).rejects.toMatchObject({ code: 'check-failed' });
    }
    expect([tags.has('0.9.4'), tags.get('latest')]).toEqual([false, tags.get('0.9.2')]);
  });

  it.each([
    { what: 'the tag that is moved', moved: 'stable' },
    { what: 'the tag of the image', moved: 'test-1' },
  ])('is not written when somebody moved $what', async ({ moved }) => {
    const { registry, tags, nameOf } = await setUp('0.9.2', '0.9.3');
    tags.set('stable', tags.get('0.9.2')!);
    const { digest } = await planRegistryTag(registry, { source: nameOf('0.9.3'), tag: 'other' });
    tags.set('test-1', digest);
    const shown = await planRegistryTag(registry, { source: nameOf('test-1'), tag: 'stable' });
    const other = moved === 'stable' ? undefined : tags.get('0.9.2')!;
    if (other === undefined) tags.delete(moved);
    else tags.set(moved, other);
    await expect(apply(registry, shown)).rejects.toMatchObject({
      code: 'check-failed',
      message: expect.stringContaining(`somebody else moved ${nameOf(moved)}`) as string,
    });
  });

  it('is done when somebody did the same', async () => {
    const { fake, registry, tags, nameOf } = await setUp('0.9.2', '0.9.3');
    const shown = await planRegistryTag(registry, { source: nameOf('0.9.3'), tag: 'latest' });
    tags.set('latest', tags.get('0.9.3')!);
    const before = puts(fake);
    await apply(registry, shown);
    expect(puts(fake)).toBe(before);
  });
});
