/** One entry of a tar archive. Times are whole seconds since 1970. */
export interface TarEntry {
  readonly kind: 'file' | 'directory';
  /** Relative path with `/`; directories without a trailing one. */
  readonly path: string;
  readonly mode: number;
  /** User and group id. */
  readonly owner: number;
  readonly mtime: number;
  /** 0 for directories. */
  readonly sizeBytes: number;
}

export const BLOCK_BYTES = 512;
/** Two empty blocks end an archive. */
export const END_OF_ARCHIVE = Buffer.alloc(2 * BLOCK_BYTES);

const NAME_BYTES = 100;
const PREFIX_BYTES = 155;
/** What the eleven octal digits of a size and of a time can hold. */
const LARGEST_NUMBER = 0o77777777777;
/** Latest time of an entry, seconds since 1970: in the year 2242. */
export const LATEST_TIME = LARGEST_NUMBER;
const CHECKSUM_AT = 148;
const TYPE_AT = 156;

/**
 * The 512-byte header of an entry in the POSIX ustar format. The bytes depend on nothing but the entry, and no
 * extension records are written; an entry that would need one is refused.
 * @see https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html
 */
export function renderHeader(entry: TarEntry): Buffer {
  if (entry.sizeBytes > LARGEST_NUMBER) throw new RangeError(`${entry.path} is larger than a ustar archive can hold`);
  const { name, prefix } = splitPath(entry.kind === 'directory' ? `${entry.path}/` : entry.path);
  const header = Buffer.alloc(BLOCK_BYTES);
  header.write(name, 0);
  header.write(octal(entry.mode, 8), 100);
  header.write(octal(entry.owner, 8), 108);
  header.write(octal(entry.owner, 8), 116);
  header.write(octal(entry.sizeBytes, 12), 124);
  header.write(octal(Math.max(0, entry.mtime), 12), 136);
  header.write(entry.kind === 'directory' ? '5' : '0', TYPE_AT);
  header.write('ustar\u000000', 257);
  header.write(octal(0, 8), 329);
  header.write(octal(0, 8), 337);
  header.write(prefix, 345);
  writeChecksum(header);
  return header;
}

/** The checksum is computed as if its own field held spaces. */
function writeChecksum(header: Buffer): void {
  header.write(' '.repeat(8), CHECKSUM_AT);
  const checksum = header.reduce((sum, byte) => sum + byte, 0);
  header.write(`${checksum.toString(8).padStart(6, '0')}\u0000 `, CHECKSUM_AT);
}

/** As {@link renderHeader}; a file too large for ustar is preceded by a pax record with its size. */
export function renderLargeHeader(entry: TarEntry): Buffer {
  if (entry.sizeBytes <= LARGEST_NUMBER) return renderHeader(entry);
  const text = ` size=${entry.sizeBytes}\n`;
  const record = Buffer.from(`${text.length + 2}${text}`);
  const extension = renderHeader({ ...entry, path: 'pax', sizeBytes: record.length });
  extension.write('x', TYPE_AT);
  writeChecksum(extension);
  return Buffer.concat([
    extension,
    record,
    padding(record.length),
    renderHeader({ ...entry, sizeBytes: LARGEST_NUMBER }),
  ]);
}

/** Zero bytes that fill a file's last block. */
export function padding(sizeBytes: number): Buffer {
  return Buffer.alloc((BLOCK_BYTES - (sizeBytes % BLOCK_BYTES)) % BLOCK_BYTES);
}

/** Size of the archive that holds these entries. */
export function archiveSize(entries: readonly TarEntry[]): number {
  const blocks = entries.reduce((sum, entry) => sum + 1 + Math.ceil(entry.sizeBytes / BLOCK_BYTES), 0);
  return blocks * BLOCK_BYTES + END_OF_ARCHIVE.length;
}

function splitPath(path: string): { name: string; prefix: string } {
  if (Buffer.byteLength(path) <= NAME_BYTES) return { name: path, prefix: '' };
  for (let slash = path.indexOf('/'); slash !== -1; slash = path.indexOf('/', slash + 1)) {
    const name = path.slice(slash + 1);
    const prefix = path.slice(0, slash);
    if (name !== '' && Buffer.byteLength(name) <= NAME_BYTES && Buffer.byteLength(prefix) <= PREFIX_BYTES)
      return { name, prefix };
  }
  throw new RangeError(`${path} is too long for a ustar archive`);
}

/** Digits of a numeric field: zero-filled, ended by NUL. */
function octal(value: number, width: number): string {
  if (value >= 8 ** (width - 1)) throw new RangeError(`${value} is too large for a ustar archive`);
  return `${value.toString(8).padStart(width - 1, '0')}\u0000`;
}
