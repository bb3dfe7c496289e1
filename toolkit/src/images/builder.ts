import type { EngineEvent } from '../docker/engine.ts';
import type { Platform } from '../oci/types.ts';
import type { ImagePlan } from './plan.ts';

/** What a build led to. */
export type BuildAction = 'built' | 'pushed' | 'unchanged' | 'written' | 'loaded';

/** What a finished build made. */
export interface BuildResult {
  readonly reference: string;
  readonly action: BuildAction;
  /** Digest of the image's configuration, its id on most engines. */
  readonly id: string;
  /** Digest of the manifest, for images that have one. */
  readonly digest?: string;
  readonly base: string;
  /** Uncompressed digests of the layers this build added, lowest first. */
  readonly layers: readonly string[];
  /** Size of the whole image: as the engine counts it, or compressed where there is no engine. */
  readonly sizeBytes: number;
  /** Bytes that were sent to a registry or an engine, or written to disk. */
  readonly movedBytes: number;
  readonly labels: Readonly<Record<string, string>>;
}

/** What a builder is doing; bytes where they are known. */
export type BuildEvent =
  | EngineEvent
  /** Something the user should know although the build goes on. */
  | { readonly kind: 'notice'; readonly text: string }
  | {
      readonly kind: 'phase';
      readonly phase: string;
      readonly done?: number;
      readonly total?: number;
      readonly unit?: 'bytes' | 'layers';
    };

export interface BuildOptions {
  readonly noCache: boolean;
  /** What a base on an engine has to be for; undefined for whatever it is. */
  readonly platform?: Platform;
  readonly signal: AbortSignal;
  readonly onEvent: (event: BuildEvent) => void;
}

/** Makes the image a plan describes. */
export interface ImageBuilder {
  /** The tag exists only when this resolves. @throws AimError environment, remote or interrupted */
  build(plan: ImagePlan, options: BuildOptions): Promise<BuildResult>;
}
