const MAX_DISTANCE = 2;

/** The candidate a misspelled word most likely meant, or undefined when none is close. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  return nearestNames(word, candidates, 1)[0];
}

/**
 * Names near a misspelled one, nearest first, compared without regard to case: one begins with the other, or
 * at most two edits lie between them. At most `limit` of them.
 */
export function nearestNames(name: string, candidates: readonly string[], limit = 3): string[] {
  const wanted = name.toLowerCase();
  return candidates
    .map((candidate) => ({ candidate, rank: rankOf(wanted, candidate.toLowerCase()) }))
    .filter(({ rank }) => rank <= MAX_DISTANCE + 1)
    .sort((a, b) => a.rank - b.rank || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, limit)
    .map(({ candidate }) => candidate);
}

/** Edits between the two; half an edit less when only the end is missing, and the most allowed for a longer tail. */
function rankOf(wanted: string, candidate: string): number {
  const distance = editDistance(wanted, candidate);
  const isBeginning = candidate.startsWith(wanted);
  if (distance <= Math.min(MAX_DISTANCE, wanted.length - 1))
    return isBeginning && distance > 0 ? distance - 0.5 : distance;
  const isPrefix = wanted.length >= 3 && (isBeginning || (candidate.length >= 5 && wanted.startsWith(candidate)));
  return isPrefix ? MAX_DISTANCE + 1 : Number.POSITIVE_INFINITY;
}

/** Levenshtein distance; stops early when the lengths alone put it above the limit. */
function editDistance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > MAX_DISTANCE) return Number.POSITIVE_INFINITY;
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? Number.POSITIVE_INFINITY;
}
