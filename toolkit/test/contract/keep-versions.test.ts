import { describe, expect, it } from 'vitest';
import { keepVersions } from '../../src/images/keep-versions.ts';
import { createRegistryBuilder } from '../../src/images/registry-builder.ts';
import { QUIET } from '../lib/push-fixtures.ts';
import { PLATFORM, setUpPushes, tagsOf } from '../lib/push-setup.ts';
import { plansFor } from '../lib/release-setup.ts';

const { models, start } = setUpPushes();

describe('a push under a tag that was named', () => {
  it.each([
    { tag: '0.9.2', isKept: true },
    { tag: '0.9.2-rc1', isKept: true },
    { tag: 'test-1', isKept: false },
    { tag: 'latest', isKept: false },
  ])('$tag: other content is refused: $isKept', async ({ tag, isKept }) => {
    const { fake, client } = await start();
    const builder = keepVersions(createRegistryBuilder(client(), { platform: PLATFORM, allowBaseUpload: false }));
    const push = async (value: number) => builder.build(plansFor(models, fake.host, tag, value)[0]!, QUIET);
    const { digest } = await push(1);
    expect(await push(1)).toMatchObject({ action: 'unchanged', digest });
    const before = [...tagsOf(fake)];
    const second = push(2);
    if (isKept) {
      await expect(second).rejects.toMatchObject({
        code: 'check-failed',
        message: expect.stringContaining(`${tag} is another image already: ${digest!}`) as string,
      });
      expect([...tagsOf(fake)]).toEqual(before);
    } else expect(await second).toMatchObject({ action: 'pushed' });
  });
});
