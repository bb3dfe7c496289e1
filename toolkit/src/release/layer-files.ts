import { gunzipSync } from 'node:zlib';
import { BLOCK_BYTES } from '../images/ustar.ts';

const FIELDS = { name: [0, 100], size: [124, 136], prefix: [345, 500] } as const;
const TYPE_AT = 156;
const FILES: readonly string[] = ['0', '\u0000'];

/** Largest archive that is read: a model's layer holds profiles only. */
export const LARGEST_LAYER_BYTES = 16 * 1024 * 1024;

/**
 * Files of a layer as `images/ustar` writes them, by absolute path: plain ustar in gzip, without extensions.
 * @throws RangeError when it is larger than {@link LARGEST_LAYER_BYTES}
 */
export function parseLayer(blob: Buffer): Map<string, Buffer> {
  const tar = gunzipSync(blob, { maxOutputLength: LARGEST_LAYER_BYTES });
  const files = new Map<string, Buffer>();
  for (let at = 0; at + BLOCK_BYTES <= tar.length && tar[at] !== 0;) {
    const header = tar.subarray(at, at + BLOCK_BYTES);
    const sizeBytes = Number.parseInt(textOf(header, FIELDS.size), 8);
    if (!Number.isSafeInteger(sizeBytes)) break;
    const start = at + BLOCK_BYTES;
    const prefix = textOf(header, FIELDS.prefix);
    const path = `${prefix === '' ? '' : `/${prefix}`}/${textOf(header, FIELDS.name)}`;
    if (FILES.includes(String.fromCharCode(header[TYPE_AT] ?? 0)))
      files.set(path, tar.subarray(start, start + sizeBytes));
    at = start + Math.ceil(sizeBytes / BLOCK_BYTES) * BLOCK_BYTES;
  }
  return files;
}

/** Text of a header's field, which a NUL ends. */
function textOf(header: Buffer, [from, to]: readonly [number, number]): string {
  const field = header.subarray(from, to);
  const end = field.indexOf(0);
  return field.subarray(0, end === -1 ? undefined : end).toString('utf8');
}
