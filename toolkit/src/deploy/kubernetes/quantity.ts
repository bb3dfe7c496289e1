const UNITS = [
  { suffix: 'Gi', sizeBytes: 1024 ** 3 },
  { suffix: 'Mi', sizeBytes: 1024 ** 2 },
] as const;

/** A size as Kubernetes and Docker write it, in the largest unit that is exact: `40Gi`, `1536Mi`. */
export function renderQuantity(sizeBytes: number): string {
  const unit = UNITS.find((each) => sizeBytes % each.sizeBytes === 0);
  return unit === undefined ? String(Math.ceil(sizeBytes)) : `${sizeBytes / unit.sizeBytes}${unit.suffix}`;
}
