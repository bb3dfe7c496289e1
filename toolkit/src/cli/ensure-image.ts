import type { ContainerEngine } from '../docker/engine.ts';
import { describeEvent } from './present/events.ts';
import type { Session } from './session.ts';

/** Makes sure that the engine has an image, pulling it if need be. @throws AimError remote when it cannot be had */
export async function ensureImage(
  engine: ContainerEngine,
  reference: string,
  { progress, signal }: Pick<Session, 'progress' | 'signal'>,
): Promise<void> {
  if ((await engine.inspectImage(reference)) !== undefined) return;
  progress.update(`pulling ${reference}`);
  await engine.pullImage(reference, {
    signal,
    onEvent: (event) => {
      const shown = describeEvent(event);
      if ('task' in shown) progress.task(reference, shown.task);
      else if ('note' in shown) progress.note(shown.note);
      else progress.detail(shown.detail);
    },
  });
}
