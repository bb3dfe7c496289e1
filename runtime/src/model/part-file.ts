import { constants } from 'node:fs';
import { lstat, open, rm, type FileHandle } from 'node:fs/promises';
import { systemCode } from '../system/errors.ts';
import type { ByteRange } from './remote.ts';

/** A file that arrives in pieces. */
export interface PartFilePlan {
  readonly path: string;
  readonly sizeBytes: number;
  /** Length of all segments but the last one; each is filled from its start. */
  readonly segmentBytes: number;
}

const MAGIC = 0x41_49_4d_31;
const HEADER_BYTES = 24;
const ENTRY_BYTES = 8;

/**
 * A file under its temporary name, with a journal beside it (`.journal`) of how far each segment is. An entry is
 * written after its bytes, in one write of 8 bytes: after a kill at any moment it never claims too much. A power
 * failure may leave it claiming too much, which the file's hash then shows.
 */
export class PartFile {
  readonly #plan: PartFilePlan;
  readonly #data: FileHandle;
  readonly #journal: FileHandle;
  readonly #done: number[];

  private constructor(plan: PartFilePlan, handles: readonly [FileHandle, FileHandle], done: number[]) {
    this.#plan = plan;
    [this.#data, this.#journal] = handles;
    this.#done = done;
  }

  /** Opens the file with what an earlier run left of it. */
  static async open(plan: PartFilePlan): Promise<PartFile> {
    const flags = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW;
    const data = await open(plan.path, flags, 0o644);
    const journal = await open(journalOf(plan.path), flags, 0o644);
    const done = await readJournal(journal, plan);
    const { size } = await data.stat();
    const known = done?.map((bytes, index) => Math.min(bytes, Math.max(0, size - index * plan.segmentBytes)));
    const part = new PartFile(plan, [data, journal], known ?? segmentLengths(plan).map(() => 0));
    if (known === undefined) await part.#reset();
    return part;
  }

  get path(): string {
    return this.#plan.path;
  }

  get segmentCount(): number {
    return this.#done.length;
  }

  get doneBytes(): number {
    return this.#done.reduce((sum, bytes) => sum + bytes, 0);
  }

  /** How many bytes from the start are there without a gap. */
  get prefixBytes(): number {
    const lengths = segmentLengths(this.#plan);
    const open = this.#done.findIndex((bytes, index) => bytes < (lengths[index] ?? 0));
    return open === -1 ? this.#plan.sizeBytes : open * this.#plan.segmentBytes + (this.#done[open] ?? 0);
  }

  /** What of a segment is still to come; undefined when nothing is. */
  missing(segment: number): ByteRange | undefined {
    const first = segment * this.#plan.segmentBytes;
    const startByte = first + (this.#done[segment] ?? 0);
    const endByte = Math.min(first + this.#plan.segmentBytes, this.#plan.sizeBytes);
    return startByte < endByte ? { startByte, endByte } : undefined;
  }

  /** Writes the next bytes of a segment and then its journal entry. */
  async append(segment: number, chunks: readonly Buffer[]): Promise<void> {
    const start = segment * this.#plan.segmentBytes + (this.#done[segment] ?? 0);
    const length = await writeAll(this.#data, chunks, start);
    this.#done[segment] = (this.#done[segment] ?? 0) + length;
    await this.#writeEntry(segment);
  }

  async close(): Promise<void> {
    await Promise.all([this.#data.close(), this.#journal.close()]);
  }

  async #reset(): Promise<void> {
    await Promise.all([this.#data.truncate(0), this.#journal.truncate(0)]);
    const header = Buffer.alloc(HEADER_BYTES + this.#done.length * ENTRY_BYTES);
    header.writeUInt32LE(MAGIC, 0);
    header.writeDoubleLE(this.#plan.sizeBytes, 8);
    header.writeDoubleLE(this.#plan.segmentBytes, 16);
    await this.#journal.write(header, 0, header.length, 0);
  }

  async #writeEntry(segment: number): Promise<void> {
    const entry = Buffer.alloc(ENTRY_BYTES);
    entry.writeDoubleLE(this.#done[segment] ?? 0);
    await this.#journal.write(entry, 0, ENTRY_BYTES, HEADER_BYTES + segment * ENTRY_BYTES);
  }
}

/** Removes a part file and its journal; false when there is none. */
export async function removePart(path: string): Promise<void> {
  await Promise.all([rm(path, { force: true }), rm(journalOf(path), { force: true })]);
}

/** Removes the journal of a part file that has become a file. */
export async function removeJournal(path: string): Promise<void> {
  await rm(journalOf(path), { force: true });
}

/** Bytes of a part file that need no more room: what its blocks hold already. */
export async function allocatedBytes(path: string): Promise<number> {
  try {
    return (await lstat(path)).blocks * 512;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return 0;
    throw error;
  }
}

function journalOf(path: string): string {
  return `${path}.journal`;
}

function segmentLengths({ sizeBytes, segmentBytes }: PartFilePlan): number[] {
  const count = Math.ceil(sizeBytes / segmentBytes);
  return Array.from({ length: count }, (_, index) => Math.min(segmentBytes, sizeBytes - index * segmentBytes));
}

async function readJournal(journal: FileHandle, plan: PartFilePlan): Promise<number[] | undefined> {
  const lengths = segmentLengths(plan);
  const buffer = Buffer.alloc(HEADER_BYTES + lengths.length * ENTRY_BYTES);
  const { bytesRead } = await journal.read(buffer, 0, buffer.length, 0);
  const isOurs =
    bytesRead === buffer.length &&
    buffer.readUInt32LE(0) === MAGIC &&
    buffer.readDoubleLE(8) === plan.sizeBytes &&
    buffer.readDoubleLE(16) === plan.segmentBytes;
  if (!isOurs) return undefined;
  const done = lengths.map((_, index) => buffer.readDoubleLE(HEADER_BYTES + index * ENTRY_BYTES));
  return done.every((bytes, index) => Number.isInteger(bytes) && bytes >= 0 && bytes <= (lengths[index] ?? 0))
    ? done
    : undefined;
}

async function writeAll(handle: FileHandle, chunks: readonly Buffer[], position: number): Promise<number> {
  const total = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  let { bytesWritten: written } = await handle.writev(chunks, position);
  if (written === total) return total;
  const rest = Buffer.concat(chunks); // a short write, as on a disk that is nearly full
  while (written < total) {
    const { bytesWritten } = await handle.write(rest, written, total - written, position + written);
    written += bytesWritten;
  }
  return total;
}
