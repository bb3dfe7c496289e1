import { messageOf } from 'aim-runtime/system';
import type { ContainerHost } from '../docker/containers.ts';
import { failure } from '../exit-codes.ts';
import { findCause, type Cause } from './death.ts';

/** Why Docker did not start a container. */
export interface Refusal {
  readonly cause: Cause | undefined;
  readonly error: unknown;
}

/** Starts a container; undefined, or why Docker refused. */
export async function runContainer(containers: ContainerHost, id: string): Promise<Refusal | undefined> {
  try {
    await containers.start(id);
    return undefined;
  } catch (error) {
    const cause = findCause([messageOf(error)], { exitCode: 0, outOfMemory: false, startError: '' });
    if (cause === undefined) return { cause, error };
    const { code, text, hint } = cause;
    const message = `the container did not start: ${text}`;
    return { cause, error: failure(code, { message, details: [messageOf(error)], hint, cause: error }) };
  }
}
