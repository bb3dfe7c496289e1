import type { Readable } from 'node:stream';
import type { ImageConfig } from '../oci/types.ts';

/** Version facts of a container engine. */
export interface EngineVersion {
  readonly version: string;
  readonly apiVersion: string;
}

/** An image as the engine knows it. */
export interface ImageDetails {
  readonly id: string;
  /** `repository@sha256:…` for each registry the image is known from. */
  readonly repoDigests: readonly string[];
  readonly repoTags: readonly string[];
  /** Uncompressed layer digests, lowest first. */
  readonly layers: readonly string[];
  readonly sizeBytes: number;
  readonly labels: Readonly<Record<string, string>>;
  /** The image's configuration as far as the engine tells it: without history. */
  readonly config: ImageConfig;
}

/** An image in the engine's list. */
export interface ImageSummary {
  readonly id: string;
  readonly repoTags: readonly string[];
  readonly sizeBytes: number;
  readonly labels: Readonly<Record<string, string>>;
}

/** What the engine tells while it builds or pulls. */
export type EngineEvent =
  | { readonly kind: 'step'; readonly index: number; readonly total: number; readonly text: string }
  | { readonly kind: 'output'; readonly text: string }
  | { readonly kind: 'transfer'; readonly status: string; readonly currentBytes: number; readonly totalBytes: number };

export interface StreamOptions {
  readonly signal: AbortSignal;
  readonly onEvent: (event: EngineEvent) => void;
}

export interface PullOptions extends StreamOptions {
  /** OS/ARCHITECTURE[/VARIANT] where an image has several; undefined for the engine's own choice. */
  readonly platform?: string;
}

export interface BuildRequest extends StreamOptions {
  /** A tar stream with a Dockerfile. */
  readonly context: Readable;
  /** Labels besides those of the Dockerfile. */
  readonly labels: Readonly<Record<string, string>>;
  readonly noCache: boolean;
}

export interface ImageFilter {
  /** `name` or `name=value`, all of which an image must carry. */
  readonly labels: readonly string[];
  /** Only images without a tag and without children. */
  readonly dangling?: boolean;
}

/** The engine this program needs: images only, in its own terms. Every method throws AimError. */
export interface ContainerEngine {
  /** Where it listens, for messages. */
  readonly endpoint: string;
  version(): Promise<EngineVersion>;
  /** Undefined when the engine has no such image. */
  inspectImage(reference: string): Promise<ImageDetails | undefined>;
  /** Takes in an archive as `docker save` writes it; layers the engine has may be left out. */
  loadImage(archive: Readable, options: StreamOptions): Promise<void>;
  pullImage(reference: string, options: PullOptions): Promise<void>;
  /** Builds without a tag and returns the image's id; intermediate containers are removed in any case. */
  buildImage(request: BuildRequest): Promise<string>;
  tagImage(id: string, reference: string): Promise<void>;
  listImages(filter: ImageFilter): Promise<readonly ImageSummary[]>;
  /** Removes this one image, not its parents. An image that is already gone is no error. */
  removeImage(reference: string): Promise<void>;
}
