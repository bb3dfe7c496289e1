import { canonicalJson } from './canonical-json.ts';
import type { AssembledConfig } from './assemble.ts';
import { END_OF_ARCHIVE, padding, renderLargeHeader } from './ustar.ts';

/** A layer in an archive; without content where the reader has it. */
export interface ArchiveLayer {
  /** Digest of the content, or of the uncompressed layer where there is none. */
  readonly digest: string;
  readonly content:
    { readonly sizeBytes: number; read(): AsyncIterable<Uint8Array> | Iterable<Uint8Array> } | undefined;
}

export interface ArchiveImage {
  /** Empty for an image that is to have no name. */
  readonly tags: readonly string[];
  readonly config: AssembledConfig;
  /** Lowest first. */
  readonly layers: readonly ArchiveLayer[];
}

/** An archive in the form of `docker save`; what several images share is in it once. */
export async function* writeImageArchive(images: readonly ArchiveImage[]): AsyncGenerator<Uint8Array> {
  const manifest = images.map(({ tags, config, layers }) => ({
    Config: `${hexOf(config.digest)}.json`,
    RepoTags: tags,
    Layers: layers.map(({ digest }) => `${hexOf(digest)}.tar`),
  }));
  yield* writeBytes('manifest.json', canonicalJson(manifest));
  const configs = new Map(images.map(({ config }) => [config.digest, config.bytes]));
  for (const [digest, bytes] of configs) yield* writeBytes(`${hexOf(digest)}.json`, bytes);
  const layers = new Map(images.flatMap((image) => image.layers).map((layer) => [layer.digest, layer.content]));
  for (const [digest, content] of layers) {
    if (content === undefined) continue;
    yield header(`${hexOf(digest)}.tar`, content.sizeBytes);
    yield* content.read();
    yield padding(content.sizeBytes);
  }
  yield END_OF_ARCHIVE;
}

function* writeBytes(name: string, bytes: Buffer): Generator<Buffer> {
  yield header(name, bytes.length);
  yield bytes;
  yield padding(bytes.length);
}

function header(path: string, sizeBytes: number): Buffer {
  return renderLargeHeader({ kind: 'file', path, mode: 0o644, owner: 0, mtime: 0, sizeBytes });
}

function hexOf(digest: string): string {
  return digest.slice(digest.indexOf(':') + 1);
}
