import { spawnSync } from 'node:child_process';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { computeDigest } from '../oci/digest.ts';
import { writeImageArchive, type ArchiveImage } from './image-archive.ts';
import { renderLargeHeader } from './ustar.ts';

const tar = (input: Buffer, ...args: string[]) => spawnSync('tar', args, { input, encoding: 'utf8' }).stdout;
const contentOf = (text: string) => ({ sizeBytes: text.length, read: () => [Buffer.from(text)] });
const imageOf = (name: string, layers: ArchiveImage['layers']): ArchiveImage => {
  const bytes = Buffer.from(JSON.stringify({ name }));
  return { tags: [`${name}:1`], config: { digest: computeDigest(bytes), bytes }, layers };
};

describe('archives of images', () => {
  it('hold the list, configurations and layers, shared ones once and those without content not at all', async () => {
    const shared = { digest: 'sha256:aa', content: contentOf('shared') };
    const images = [
      imageOf('one', [
        { digest: 'sha256:there', content: undefined },
        shared,
        { digest: 'sha256:b1', content: contentOf('x') },
      ]),
      imageOf('two', [shared, { digest: 'sha256:b2', content: contentOf('y') }]),
    ];
    const archive = await buffer(Readable.from(writeImageArchive(images)));
    const names = images.map(({ config }) => `${config.digest.slice(7)}.json`);
    expect(tar(archive, '-tf', '-').trim().split('\n')).toEqual([
      'manifest.json',
      ...names,
      'aa.tar',
      'b1.tar',
      'b2.tar',
    ]);
    expect(JSON.parse(tar(archive, '-xOf', '-', 'manifest.json'))).toEqual([
      { Config: names[0], RepoTags: ['one:1'], Layers: ['there.tar', 'aa.tar', 'b1.tar'] },
      { Config: names[1], RepoTags: ['two:1'], Layers: ['aa.tar', 'b2.tar'] },
    ]);
    expect(tar(archive, '-xOf', '-', 'aa.tar')).toBe('shared');
  });

  it('may hold layers larger than the ustar format can name', () => {
    const sizeBytes = 19 * 1024 ** 3;
    const entry = { kind: 'file', path: 'layer.tar', mode: 0o644, owner: 0, mtime: 0, sizeBytes } as const;
    expect(tar(renderLargeHeader(entry), '-tvf', '-')).toContain(`${sizeBytes} 1970-01-01`);
  });
});
