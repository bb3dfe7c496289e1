import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** An empty cache in a temporary place, gone with the test that made it. */
export class CacheFolder implements Disposable {
  readonly #top = mkdtempSync(join(tmpdir(), 'aim-model-'));
  readonly path = join(this.#top, 'cache');

  /** A path inside. */
  at(...parts: string[]): string {
    return join(this.path, ...parts);
  }

  /** A path beside the cache, where nothing may ever be written. */
  beside(...parts: string[]): string {
    return join(this.#top, ...parts);
  }

  [Symbol.dispose](): void {
    rmSync(this.#top, { recursive: true, force: true });
  }
}
