import type { RegistryEvent } from '../../oci/connect.ts';
import type { Progress } from '../progress.ts';

/** Shows what the registry client tells: pauses always, for they are felt; the rest as detail. */
export function showRegistryEvent(progress: Progress, event: RegistryEvent): void {
  switch (event.kind) {
    case 'pause':
      progress.note(`${event.host} asked for a pause of ${seconds(event.delayMs)} s: ${event.reason}`);
      return;
    case 'retry':
      progress.detail(`${event.what}: ${event.reason}; trying again in ${seconds(event.delayMs)} s`);
      return;
    case 'credentials':
      progress.detail(`credentials for ${event.host}: ${event.source ?? 'none, asking without'}`);
      return;
    case 'problem':
      progress.note(event.text);
  }
}

function seconds(delayMs: number): string {
  return (delayMs / 1_000).toFixed(1);
}
