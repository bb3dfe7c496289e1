import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { messageOf } from 'aim-runtime/system';
import { failure } from '../exit-codes.ts';
import type { ImagePlan, PlannedEntry } from './plan.ts';
import { archiveSize, END_OF_ARCHIVE, padding, renderHeader, type TarEntry } from './ustar.ts';

/** Name, inside the build context, of the archive whose entries become the image's layer. */
export const ROOT_ARCHIVE = 'rootfs.tar';

type Content = { readonly text: string } | { readonly file: string };
type Member = TarEntry & { readonly content: Content | undefined };

/**
 * The build context of a plan: its Dockerfile and one archive with the planned files, as a tar stream.
 * Nothing else of this host is in it, files are read as the consumer takes them, and the same plan and file
 * contents give the same bytes. @throws AimError environment when a planned file cannot be read
 */
export async function createContext(plan: ImagePlan, dockerfile: string): Promise<AsyncIterable<Buffer>> {
  const members = await Promise.all(plan.entries.map((entry) => toMember(entry, plan.createdAt)));
  return writeContext(plan, dockerfile, members);
}

async function* writeContext(plan: ImagePlan, dockerfile: string, members: readonly Member[]): AsyncGenerator<Buffer> {
  const outer = { kind: 'file', mode: 0o644, owner: 0, mtime: plan.createdAt } as const;
  const text = {
    ...outer,
    path: 'Dockerfile',
    sizeBytes: Buffer.byteLength(dockerfile),
    content: { text: dockerfile },
  };
  yield* writeMember(text);
  const sizeBytes = archiveSize(members);
  yield renderHeader({ ...outer, path: ROOT_ARCHIVE, sizeBytes });
  yield* writeArchive(members);
  yield padding(sizeBytes);
  yield END_OF_ARCHIVE;
}

async function* writeArchive(members: readonly Member[]): AsyncGenerator<Buffer> {
  for (const member of members) yield* writeMember(member);
  yield END_OF_ARCHIVE;
}

async function* writeMember(member: Member): AsyncGenerator<Buffer> {
  yield renderHeader(member);
  if (member.content === undefined) return;
  if ('text' in member.content) yield Buffer.from(member.content.text);
  else yield* readExactly(member.content.file, member.sizeBytes);
  yield padding(member.sizeBytes);
}

/** The header already says how long the file is, so a file that changes meanwhile must not go unnoticed. */
async function* readExactly(file: string, sizeBytes: number): AsyncGenerator<Buffer> {
  let readBytes = 0;
  for await (const chunk of createReadStream(file, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>) {
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
    return { kind: 'directory', path, mode: entry.mode, owner: entry.owner, mtime, sizeBytes: 0, content: undefined };
  }
  const sizeBytes = await fileSize(entry.source);
  return { kind: 'file', path, mode: entry.mode, owner: 0, mtime, sizeBytes, content: { file: entry.source } };
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
