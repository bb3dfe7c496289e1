import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { messageOf } from 'aim-runtime/system';
import { failure } from '../exit-codes.ts';
import type { ImagePlan, PlannedEntry } from './plan.ts';
import { archiveSize, END_OF_ARCHIVE, padding, renderHeader, type TarEntry } from './ustar.ts';

/** The archive of a plan's entries: the bytes of the layer it adds, whichever builder makes the image. */
export interface RootArchive {
  readonly sizeBytes: number;
  /**
   * The archive, read from the files as it is consumed. `onFile` is told the SHA-256 of each file's content.
   * @throws AimError environment when a file is not as it was when the archive was opened
   */
  read(onFile?: (path: string, sha256: string) => void): AsyncGenerator<Buffer>;
}

type Member = TarEntry & { readonly source: string | undefined };

/** Files up to this size are read in one go, which is much cheaper than a stream. */
const SMALL_FILE_BYTES = 1024 * 1024;
const LARGE_READS = { highWaterMark: SMALL_FILE_BYTES };

/** Opens the archive; the same plan and file contents give the same bytes. @throws AimError environment */
export async function openRootArchive(plan: ImagePlan): Promise<RootArchive> {
  const members = await Promise.all(plan.entries.map((entry) => toMember(entry, plan.createdAt)));
  return {
    sizeBytes: archiveSize(members),
    read: async function* (onFile) {
      for (const member of members) {
        yield renderHeader(member);
        if (member.source === undefined) continue;
        const hash = createHash('sha256');
        for await (const chunk of readExactly(member.source, member.sizeBytes)) {
          hash.update(chunk);
          yield chunk;
        }
        onFile?.(`/${member.path}`, hash.digest('hex'));
        yield padding(member.sizeBytes);
      }
      yield END_OF_ARCHIVE;
    },
  };
}

/** The header already says how long the file is, so a file that changes meanwhile must not go unnoticed. */
async function* readExactly(file: string, sizeBytes: number): AsyncGenerator<Buffer> {
  let readBytes = 0;
  const chunks = sizeBytes <= SMALL_FILE_BYTES ? [await readFile(file)] : createReadStream(file, LARGE_READS);
  for await (const chunk of chunks as AsyncIterable<Buffer> | Buffer[]) {
    readBytes += chunk.length;
    if (readBytes > sizeBytes) break;
    yield chunk;
  }
  if (readBytes !== sizeBytes) {
    throw failure('environment', { message: `${file} changed while the image was built`, hint: 'Build again.' });
  }
}

async function toMember(entry: PlannedEntry, mtime: number): Promise<Member> {
  const path = entry.path.slice(1);
  if (entry.kind === 'directory') {
    return { kind: 'directory', path, mode: entry.mode, owner: entry.owner, mtime, sizeBytes: 0, source: undefined };
  }
  const sizeBytes = await fileSize(entry.source);
  return { kind: 'file', path, mode: entry.mode, owner: 0, mtime, sizeBytes, source: entry.source };
}

async function fileSize(file: string): Promise<number> {
  try {
    const found = await stat(file);
    if (found.isFile()) return found.size;
  } catch (error) {
    throw failure('environment', { message: `cannot read ${file}: ${messageOf(error)}`, cause: error });
  }
  throw failure('environment', { message: `${file} is not a file` });
}
