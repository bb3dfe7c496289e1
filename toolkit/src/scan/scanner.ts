/** A program that looks for known vulnerabilities. */
export interface Scanner {
  readonly name: string;
  readonly version: string;
  /** Where it was found, for people: `grype on PATH`, the image's reference. */
  readonly source: string;
  /** True when it is the very version this program was written for. */
  readonly pinned: boolean;
  /** Its own JSON report about an image. @throws AimError environment when it fails */
  scan(image: string): Promise<string>;
}
