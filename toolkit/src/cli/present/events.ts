import type { EngineEvent } from '../../docker/engine.ts';
import { renderBytes } from './bytes.ts';

/** An engine's event as text; `detail` marks what only `--verbose` shows. */
export function describeEvent(event: EngineEvent): { readonly text: string; readonly detail: boolean } {
  switch (event.kind) {
    case 'step':
      return { text: `step ${event.index}/${event.total} ${event.text.split(/\s/, 1)[0] ?? ''}`, detail: false };
    case 'transfer':
      return {
        text: `${event.status} ${renderBytes(event.currentBytes)} of ${renderBytes(event.totalBytes)}`,
        detail: true,
      };
    case 'output':
      return { text: event.text, detail: !event.text.startsWith('pulling ') };
  }
}
