import type { ScanConfig } from './config.ts';
import { parseGrypeReport } from './grype-report.ts';
import { judgeReport, type JudgedReport } from './judge.ts';
import type { Scanner } from './scanner.ts';
import type { Threshold } from './severity.ts';

export interface ImageScan extends JudgedReport {
  readonly image: string;
  /** When the database of vulnerabilities was made, ISO 8601; null when the scanner does not say. */
  readonly databaseBuilt: string | null;
}

/** What a scanner found in images. */
export interface ScanReport {
  /** False when something in one of the images stops a release. */
  readonly passed: boolean;
  readonly scanner: Pick<Scanner, 'name' | 'version' | 'source' | 'pinned'>;
  readonly threshold: { readonly failOn: Threshold; readonly onlyFixed: boolean };
  readonly images: readonly ImageScan[];
}

export interface ScanOptions {
  readonly config: ScanConfig;
  /** The day accepted vulnerabilities are judged by, `YYYY-MM-DD`. */
  readonly today: string;
  readonly onScan: (image: string) => void;
  readonly onScanned: (image: string, passed: boolean) => void;
}

/** Scans images one after the other: each takes gigabytes of room. @throws AimError environment when the scanner fails */
export async function scanImages(
  scanner: Scanner,
  references: readonly string[],
  { config, today, onScan, onScanned }: ScanOptions,
): Promise<ScanReport> {
  const images: ImageScan[] = [];
  for (const image of references) {
    onScan(image);
    const found = parseGrypeReport(await scanner.scan(image));
    const judged = judgeReport(found, config, today);
    onScanned(image, judged.passed);
    images.push({ image, databaseBuilt: found.databaseBuilt, ...judged });
  }
  const { name, version, source, pinned } = scanner;
  return {
    passed: images.every(({ passed }) => passed),
    scanner: { name, version, source, pinned },
    threshold: { failOn: config.failOn, onlyFixed: config.onlyFixed },
    images,
  };
}
