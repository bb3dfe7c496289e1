import { readFileSync } from 'node:fs';
import type { Exec } from 'aim-runtime/system';

/** Cores that the two programs are bound to. */
export interface CorePair {
  readonly server: number;
  readonly client: number;
}

/** Two cores this process may use, or null where there is only one or no `taskset` to bind programs with. */
export function findCorePair(exec: Exec): CorePair | null {
  if (exec('taskset', ['--version'], { timeoutMs: 5_000 })?.status !== 0) return null;
  const [server, client] = parseCoreList(readAllowedCores());
  return server === undefined || client === undefined ? null : { server, client };
}

/** Reads `0-2,7` as the kernel writes it. */
export function parseCoreList(text: string): readonly number[] {
  return text.split(',').flatMap((range) => {
    const [, from, to = from] = /^(\d+)(?:-(\d+))?$/.exec(range.trim()) ?? [];
    if (from === undefined) return [];
    return Array.from({ length: Number(to) - Number(from) + 1 }, (_, at) => Number(from) + at);
  });
}

function readAllowedCores(): string {
  try {
    return /^Cpus_allowed_list:\s*(.+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '';
  } catch {
    return ''; // no Linux
  }
}
