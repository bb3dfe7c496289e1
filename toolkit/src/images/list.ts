import type { ContainerEngine, ImageSummary } from '../docker/engine.ts';
import { AIM_ID_LABEL, BASE_NAME_LABEL, CREATED_LABEL, KIND_LABEL, VERSION_LABEL } from './labels.ts';

/** An AIM image on an engine, as its labels describe it. */
export interface AimImage {
  readonly reference: string;
  readonly id: string;
  readonly kind: string;
  /** `org/model`, null for base images. */
  readonly model: string | null;
  readonly version: string;
  readonly base: string;
  readonly sizeBytes: number;
  /** Time of the sources, ISO 8601. */
  readonly created: string;
}

/** The AIM images an engine has a tag for, sorted by reference. */
export async function listAimImages(engine: ContainerEngine): Promise<AimImage[]> {
  const found = await engine.listImages({ labels: [KIND_LABEL] });
  return found.flatMap(describeTags).sort((a, b) => (a.reference < b.reference ? -1 : 1));
}

/** True for `name:tag` of an image that was built here: it names no registry, as every pulled image of ours does. */
export function isBuiltHere(reference: string): boolean {
  return /^aim(?:-[^/:]+)?:[^/:<]+$/.test(reference);
}

function describeTags(image: ImageSummary): AimImage[] {
  const label = (name: string) => image.labels[name] ?? '';
  return image.repoTags.map((reference) => ({
    reference,
    id: image.id,
    kind: label(KIND_LABEL),
    model: label(AIM_ID_LABEL) || null,
    version: label(VERSION_LABEL),
    base: label(BASE_NAME_LABEL),
    sizeBytes: image.sizeBytes,
    created: label(CREATED_LABEL),
  }));
}
