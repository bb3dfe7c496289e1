import { buffer } from 'node:stream/consumers';
import { failure } from '../../src/exit-codes.ts';
import type { BuildRequest, ContainerEngine, ImageDetails } from '../../src/docker/engine.ts';

/** A {@link ContainerEngine} in memory: keeps images by reference and runs one given build. */
export interface FakeEngine extends ContainerEngine {
  readonly images: Map<string, ImageDetails>;
  /** What was asked for, in order: `pull x`, `build`, `tag id x`, `remove id`. */
  readonly calls: string[];
}

export interface FakeBehaviour {
  /** Images that can be pulled. */
  readonly registry?: Readonly<Record<string, ImageDetails>>;
  /** Takes in an archive; the default refuses it, as an engine that wants whole images does. */
  readonly load?: (archive: Buffer, engine: FakeEngine) => void;
  /** Makes an image of the context, which has been read; the default adds one layer to the first image. */
  readonly build?: (context: Buffer, request: BuildRequest, engine: FakeEngine) => ImageDetails;
}

export function imageOf(id: string, parts: Partial<ImageDetails> = {}): ImageDetails {
  const layers = parts.layers ?? [`sha256:layer-of-${id}`];
  const config = { os: 'linux', architecture: 'amd64', rootfs: { type: 'layers', diff_ids: layers } } as const;
  return { id, repoDigests: [], repoTags: [], layers, sizeBytes: 1, labels: {}, config, ...parts };
}

export function createFakeEngine(
  local: Record<string, ImageDetails>,
  { registry = {}, build, load }: FakeBehaviour = {},
): FakeEngine {
  const images = new Map(Object.entries(local));
  const calls: string[] = [];
  const byId = (id: string) => [...images.values()].find((image) => image.id === id);
  const engine: FakeEngine = {
    endpoint: 'fake',
    images,
    calls,
    version: () => Promise.resolve({ version: '0', apiVersion: '0' }),
    inspectImage: (reference) => Promise.resolve(images.get(reference) ?? byId(reference)),
    pullImage: (reference) => {
      calls.push(`pull ${reference}`);
      const found = registry[reference];
      if (found === undefined) return Promise.reject(failure('remote', { message: `${reference} not found` }));
      images.set(reference, found);
      return Promise.resolve();
    },
    loadImage: async (archive) => {
      const bytes = await buffer(archive);
      if (load === undefined) throw failure('environment', { message: 'layers are missing' });
      calls.push('load');
      load(bytes, engine);
    },
    buildImage: async (request) => {
      calls.push('build');
      const context = await buffer(request.context);
      const [base] = images.values();
      const made =
        build?.(context, request, engine) ??
        imageOf('sha256:new', { layers: [...(base?.layers ?? []), 'sha256:ours'] });
      images.set(made.id, made);
      return made.id;
    },
    tagImage: (id, reference) => {
      calls.push(`tag ${id} ${reference}`);
      const image = byId(id);
      if (image !== undefined) images.set(reference, image);
      return Promise.resolve();
    },
    listImages: ({ labels, dangling }) =>
      Promise.resolve(
        [...images]
          .filter(([name, { id }]) => dangling !== true || name === id)
          .filter(([, image]) =>
            labels.every(
              (label) => `${label.split('=')[0] ?? ''}=${image.labels[label.split('=')[0] ?? ''] ?? ''}` === label,
            ),
          )
          .map(([, image]) => image),
      ),
    removeImage: (reference) => {
      calls.push(`remove ${reference}`);
      images.delete(reference);
      return Promise.resolve();
    },
  };
  return engine;
}
