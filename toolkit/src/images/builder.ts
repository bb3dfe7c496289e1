import type { EngineEvent } from '../docker/engine.ts';
import type { ImagePlan } from './plan.ts';

/** What a finished build made. */
export interface BuildResult {
  readonly reference: string;
  /** Id of the image on the engine. */
  readonly id: string;
  readonly base: string;
  /** Uncompressed digests of the layers this build added, lowest first. */
  readonly layers: readonly string[];
  /** Size of the whole image as the engine counts it. */
  readonly sizeBytes: number;
  readonly labels: Readonly<Record<string, string>>;
}

export interface BuildOptions {
  readonly noCache: boolean;
  readonly signal: AbortSignal;
  readonly onEvent: (event: EngineEvent) => void;
}

/** Makes the image a plan describes. */
export interface ImageBuilder {
  /** The tag exists only when this resolves. @throws AimError environment, remote or interrupted */
  build(plan: ImagePlan, options: BuildOptions): Promise<BuildResult>;
}
