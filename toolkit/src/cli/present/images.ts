import type { AimImage } from '../../images/list.ts';
import { renderBytes } from './bytes.ts';
import { renderTable } from './table.ts';

/** Result of `aimctl images`. */
export interface ImagesReport {
  readonly images: readonly AimImage[];
}

/** Table of the AIM images on an engine. */
export function renderImages({ images }: ImagesReport): string {
  if (images.length === 0) return 'There are no AIM images on this engine.';
  const rows = images.map((image) => [
    image.reference,
    image.model ?? '(base)',
    image.version,
    image.base,
    renderBytes(image.sizeBytes),
    image.created,
  ]);
  return renderTable(['REFERENCE', 'MODEL', 'VERSION', 'BASE', 'SIZE', 'CREATED'], rows);
}
