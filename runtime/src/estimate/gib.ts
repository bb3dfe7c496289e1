/** Bytes in GiB with one decimal, as engines print memory: `14.9 GiB`. */
export function renderGib(bytes: number): string {
  return `${(bytes / 1024 ** 3).toFixed(1)} GiB`;
}
