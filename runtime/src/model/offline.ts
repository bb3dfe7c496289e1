const TRUE_WORDS = new Set(['1', 'true', 'yes', 'on']);

/** True when HF_HUB_OFFLINE forbids the network. */
export function isOffline(env: Readonly<Record<string, string | undefined>>): boolean {
  return TRUE_WORDS.has((env['HF_HUB_OFFLINE'] ?? '').toLowerCase());
}
