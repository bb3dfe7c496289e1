import type { ImagePlan } from './plan.ts';
import { openRootArchive, type RootArchive } from './root-archive.ts';
import { END_OF_ARCHIVE, padding, renderHeader } from './ustar.ts';

/** Name, inside the build context, of the archive whose entries become the image's layer. */
export const ROOT_ARCHIVE = 'rootfs.tar';

/**
 * The build context of a plan: its Dockerfile and one archive with the planned files, as a tar stream.
 * Nothing else of this host is in it, files are read as the consumer takes them, and the same plan and file
 * contents give the same bytes. @throws AimError environment when a planned file cannot be read
 */
export async function createContext(plan: ImagePlan, dockerfile: string): Promise<AsyncIterable<Buffer>> {
  return writeContext(dockerfile, plan.createdAt, await openRootArchive(plan));
}

async function* writeContext(dockerfile: string, mtime: number, archive: RootArchive): AsyncGenerator<Buffer> {
  const member = { kind: 'file', mode: 0o644, owner: 0, mtime } as const;
  const text = Buffer.from(dockerfile);
  yield renderHeader({ ...member, path: 'Dockerfile', sizeBytes: text.length });
  yield text;
  yield padding(text.length);
  yield renderHeader({ ...member, path: ROOT_ARCHIVE, sizeBytes: archive.sizeBytes });
  yield* archive.read();
  yield padding(archive.sizeBytes);
  yield END_OF_ARCHIVE;
}
