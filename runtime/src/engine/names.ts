/** The one name of an argument: `_` counts as `-` up to the first dot; the key path after the dot is left alone. */
export function canonicalName(key: string): string {
  const dot = key.indexOf('.');
  return dot < 0 ? key.replaceAll('_', '-') : key.slice(0, dot).replaceAll('_', '-') + key.slice(dot);
}

/** `no-x` for `x` and the reverse. */
export function oppositeName(name: string): string {
  return name.startsWith('no-') ? name.slice(3) : `no-${name}`;
}
