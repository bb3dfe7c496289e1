import type { BuildEvent } from '../../images/builder.ts';
import type { TaskState } from '../progress.ts';
import { renderBytes } from './bytes.ts';

/** A builder's event as what is shown of it: the state of its image, a line that stays, or a detail. */
export type ShownEvent = { readonly task: TaskState } | { readonly note: string } | { readonly detail: string };

export function describeEvent(event: BuildEvent): ShownEvent {
  switch (event.kind) {
    case 'phase':
      return { task: event };
    case 'notice':
      return { note: event.text };
    case 'step':
      return { task: { phase: `step ${event.index}/${event.total} ${event.text.split(/\s/, 1)[0] ?? ''}` } };
    case 'transfer':
      return {
        detail: `${event.status} ${renderBytes(event.currentBytes)} of ${renderBytes(event.totalBytes)}`,
      };
    case 'output':
      return event.text.startsWith('pulling ') ? { task: { phase: event.text } } : { detail: event.text };
  }
}
