/** A state of vLLM that profiles can be checked against. */
export interface EngineVersion {
  readonly name: string;
  /** Day of its sources, YYYY-MM-DD: what was removed later is still in it. */
  readonly date: string;
  /** The version of the pinned base image, whose arguments and variables are known exactly. */
  readonly pinned: boolean;
}

/** What profiles are checked against when no version is named. */
export const PINNED_VERSION: EngineVersion = { name: '0.11.1', date: '2025-11-18', pinned: true };

/** Versions by the name that `--engine-version` takes. */
export const ENGINE_VERSIONS: readonly EngineVersion[] = [
  PINNED_VERSION,
  { name: '0.11.1rc-main-20251102', date: '2025-11-02', pinned: false },
  { name: '0.19.1rc0.dev102', date: '2026-04-08', pinned: false },
  { name: 'main-20260807', date: '2026-08-07', pinned: false },
];

/** The version of a name, or undefined. A plain day, YYYY-MM-DD, stands for the main branch of that day. */
export function findEngineVersion(name: string): EngineVersion | undefined {
  const known = ENGINE_VERSIONS.find((version) => version.name === name);
  if (known) return known;
  return /^\d{4}-\d{2}-\d{2}$/.test(name) ? { name: `main of ${name}`, date: name, pinned: false } : undefined;
}
