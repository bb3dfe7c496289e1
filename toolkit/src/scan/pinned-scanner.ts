/** A scanner: its program, and an image that holds it. */
export interface ScannerRelease {
  readonly name: string;
  readonly version: string;
  readonly image: string;
  /** The program inside the image. */
  readonly entrypoint: string;
}

/** The one place that names the scanner: its program on PATH, or this image of it, by digest. */
export const PINNED_SCANNER: ScannerRelease = {
  name: 'grype',
  version: '0.119.0',
  image: 'docker.io/anchore/grype:v0.119.0@sha256:8c2c9234a345577a6d321a4753aa3ee1276d8975c8452d2344a56b57733ecad3',
  entrypoint: '/grype',
};
