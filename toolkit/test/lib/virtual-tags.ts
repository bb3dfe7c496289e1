import { createHash } from 'node:crypto';
import type { Clock } from '../../src/oci/clock.ts';
import { writeNextTag, type TagIntent, type TagLock } from '../../src/versions/lock.ts';
import { planNext, selectPrevious } from '../../src/versions/next.ts';
import { shareTagLock } from '../../src/versions/shared-lock.ts';
import { createModelSeries } from '../../src/versions/series.ts';
import type { Stage } from '../../src/versions/version.ts';

/** A repository's tags as a registry without compare-and-swap holds them, which shows what was written only later. */
export class VirtualTags {
  /** Every write in its order. */
  readonly writes: { readonly tag: string; readonly digest: string; readonly atMs: number }[] = [];
  readonly #clock: Clock;
  readonly #lagMs: number;
  readonly #requestMs: () => number;

  constructor(options: { readonly clock: Clock; readonly lagMs: number; readonly requestMs: () => number }) {
    this.#clock = options.clock;
    this.#lagMs = options.lagMs;
    this.#requestMs = options.requestMs;
  }

  async list(): Promise<string[]> {
    await this.#pass();
    return [...this.#shown().keys()];
  }

  async find(tag: string): Promise<string | undefined> {
    await this.#pass();
    return this.#shown().get(tag);
  }

  async put(tag: string, digest: string): Promise<void> {
    await this.#pass();
    this.writes.push({ tag, digest, atMs: this.#clock.nowMs() });
    await this.#pass();
  }

  /** Tags that were written twice with different content. */
  overwritten(): string[] {
    const first = new Map<string, string>();
    return this.writes.flatMap(({ tag, digest }) => {
      const before = first.get(tag) ?? digest;
      first.set(tag, before);
      return before === digest ? [] : [tag];
    });
  }

  #shown(): Map<string, string> {
    const nowMs = this.#clock.nowMs();
    return new Map(
      this.writes.filter(({ atMs }) => atMs + this.#lagMs <= nowMs).map(({ tag, digest }) => [tag, digest]),
    );
  }

  #pass(): Promise<void> {
    return this.#clock.sleep(this.#requestMs(), new AbortController().signal);
  }
}

export interface VirtualRun {
  readonly tags: VirtualTags;
  readonly lock: TagLock;
  readonly stage: Stage;
  readonly content: string;
  /** Dies after its write and before it lets the lock go. */
  readonly dies?: boolean;
}

/** One pipeline: plans, takes the lock, writes. Returns the tag it ended with. */
export async function runPipeline({ tags, lock, stage, content, dies = false }: VirtualRun): Promise<string> {
  const series = createModelSeries({ major: 0, minor: 9 });
  const plan = async (taken: ReadonlySet<string>): Promise<TagIntent> => {
    const request = { series, stage, tags: [...(await tags.list()), ...taken] };
    const previous = selectPrevious(request);
    const isChanged = previous === undefined || (await tags.find(previous)) !== digestOf(content);
    const { tag, isNew } = planNext({ ...request, isChanged });
    return { reference: tag, digest: digestOf(content), isDone: !isNew };
  };
  const first = await plan(new Set());
  if (first.isDone) return first.reference;
  const shared = shareTagLock(dies ? neverReleased(lock) : lock, {
    signal: new AbortController().signal,
    onNotice: () => undefined,
  });
  const writer = {
    plan,
    find: ({ reference }: TagIntent) => tags.find(reference),
    write: ({ reference, digest }: TagIntent) => tags.put(reference, digest),
  };
  return shared.run('registry/org', async (held, onWritten) => {
    const { intent, isWritten } = await writeNextTag(writer, held, first);
    if (isWritten) onWritten(intent.reference, intent.digest);
    return intent.reference;
  });
}

function neverReleased(lock: TagLock): TagLock {
  return {
    acquire: async (scope, options) => ({
      ...(await lock.acquire(scope, options)),
      release: () => Promise.resolve(),
    }),
  };
}

export function digestOf(content: string): string {
  return createHash('sha256').update(content).digest('hex');
}
