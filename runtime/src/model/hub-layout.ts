import { readlink, rename, symlink, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { HubIdentity, Layout, VerifiedFile } from './layout.ts';
import { HUB_WORK, hubFolder, hubManifestName, hubPlacedName } from './places.ts';
import { makeFolder } from './safe-path.ts';
import { draftOf, replaceFile } from './write-file.ts';

/**
 * `{cache}/hub/models--org--model/`: content in `blobs` under its hash, relative links to it in `snapshots/<commit>`,
 * and the commit of each revision in `refs`, written last. It is what an engine searches with HF_HOME={cache}.
 */
export function hubLayout(cachePath: string, { name, revision, commit }: HubIdentity): Layout {
  const repository = hubFolder(name);
  const snapshot = join(repository, 'snapshots', commit);
  const link = async ({ file, digest, sha256 }: VerifiedFile) => {
    const folder = await makeFolder(cachePath, join(snapshot, dirname(file.path)));
    const up = '../'.repeat(file.path.split('/').length + 1);
    await replaceLink(`${up}blobs/${digest?.value ?? sha256}`, join(folder, file.path.split('/').at(-1) ?? ''));
  };
  return {
    cachePath,
    modelFolder: snapshot,
    workFolder: join(repository, HUB_WORK),
    manifestFile: join(repository, HUB_WORK, hubManifestName(commit)),
    placedFile: join(repository, HUB_WORK, hubPlacedName(commit)),
    contentPath: ({ path }, digest) => (digest ? join(repository, 'blobs', digest.value) : join(snapshot, path)),
    place: async (verified, partPath) => {
      const blobs = await makeFolder(cachePath, join(repository, 'blobs'));
      await rename(partPath, join(blobs, verified.digest?.value ?? verified.sha256));
      await link(verified);
    },
    adopt: link,
    finish: async () => {
      if (revision === commit) return;
      const folder = await makeFolder(cachePath, join(repository, 'refs', dirname(revision)));
      await replaceFile(join(folder, revision.split('/').at(-1) ?? ''), commit);
    },
  };
}

async function replaceLink(target: string, path: string): Promise<void> {
  if ((await readlink(path).catch(() => undefined)) === target) return;
  const draft = draftOf(path);
  await symlink(target, draft);
  await rename(draft, path).catch(async (error: unknown) => {
    await unlink(draft);
    throw error;
  });
}
