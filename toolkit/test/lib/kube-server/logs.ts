import type { ServerResponse } from 'node:http';

/** What one container wrote. */
export class ContainerLog {
  readonly lines: { readonly at: string; readonly text: string }[] = [];
  readonly #listeners = new Set<() => void>();
  ended = false;

  write(text: string): void {
    this.lines.push({ at: preciseNow(), text });
    this.#tell();
  }

  end(): void {
    this.ended = true;
    this.#tell();
  }

  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}

/** After how many lines a connection ends in the middle of one, and whether it ends as a whole answer or breaks off. */
export interface LogCut {
  readonly after: number;
  readonly how: 'end' | 'break';
}

/** Logs by `namespace/pod/container`. */
export type PodLogs = Map<string, ContainerLog>;

/** Sends a log, and what comes to it while it is followed. `sinceTime` has a resolution of seconds, as in kubelets. */
export function answerLog(
  log: ContainerLog,
  { url, response, cut }: { url: URL; response: ServerResponse; cut: LogCut | undefined },
): void {
  const { searchParams } = url;
  const since = searchParams.get('sinceTime');
  const from = since === null ? 0 : Math.floor(Date.parse(since) / 1000) * 1000;
  const tail = Number(searchParams.get('tailLines') ?? log.lines.length);
  const stamps = searchParams.get('timestamps') === 'true';
  let next = since === null ? Math.max(0, log.lines.length - tail) : 0;
  let left = cut?.after ?? Number.POSITIVE_INFINITY;
  const flush = () => {
    if (response.writableEnded || left < 0) return;
    for (; next < log.lines.length; next++) {
      const { at, text } = log.lines[next]!;
      if (Date.parse(at) < from) continue;
      const line = stamps ? `${at} ${text}` : text;
      if (--left < 0) {
        const half = line.slice(0, line.length / 2);
        if (cut?.how === 'break') response.write(half, () => response.destroy());
        else response.end(half);
        return;
      }
      response.write(`${line}\n`);
    }
    if (log.ended || searchParams.get('follow') !== 'true') response.end();
  };
  response.once('close', log.listen(flush));
  flush();
}

let last = 0n;

/** RFC 3339 with nanoseconds; never twice the same. */
function preciseNow(): string {
  const now = BigInt(Date.now()) * 1_000_000n + (process.hrtime.bigint() % 1_000_000n);
  last = now > last ? now : last + 1n;
  const text = new Date(Number(last / 1_000_000n)).toISOString();
  return `${text.slice(0, 19)}.${String(last % 1_000_000_000n).padStart(9, '0')}Z`;
}
