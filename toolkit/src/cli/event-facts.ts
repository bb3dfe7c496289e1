import { readFileSync } from 'node:fs';
import { messageOf, type Exec } from 'aim-runtime/system';
import { failure } from '../exit-codes.ts';
import type { EventFacts } from '../versions/event.ts';
import type { EventFlags } from './event-flags.ts';

export interface EventSurroundings {
  readonly env: NodeJS.ProcessEnv;
  readonly exec: Exec;
  /** Folder of the sources. */
  readonly root: string;
}

const GIT_TIMEOUT_MS = 20_000;

/** What is known of the event: what flags say, else what Actions says, else nothing. @throws AimError usage */
export function loadEventFacts(flags: EventFlags, surroundings: EventSurroundings): EventFacts {
  const given = [flags.event, flags['event-name'], flags.ref, flags['base-ref']];
  const isGiven = given.some((flag) => flag !== undefined);
  const [file, name, ref, baseRef] = isGiven ? given : fromActions(surroundings.env);
  const payload = file === undefined ? undefined : readPayloadFile(file);
  const isLocal = [payload, name, ref, baseRef].every((one) => one === undefined);
  const local = isLocal ? loadLocal(surroundings) : { branch: undefined };
  return { name, payload, ref, baseRef, local };
}

/** @see https://docs.github.com/en/actions/reference/workflows-and-actions/variables */
function fromActions(env: NodeJS.ProcessEnv): (string | undefined)[] {
  if (env['GITHUB_ACTIONS'] !== 'true') return [];
  const names = ['GITHUB_EVENT_PATH', 'GITHUB_EVENT_NAME', 'GITHUB_REF', 'GITHUB_BASE_REF'];
  return names.map((name) => env[name] || undefined);
}

function readPayloadFile(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw failure('usage', {
      message: `cannot read the event payload ${file}: ${messageOf(error)}`,
      hint: 'It is the JSON file that GITHUB_EVENT_PATH names in a workflow.',
      cause: error,
    });
  }
}

function loadLocal({ exec, root }: EventSurroundings): EventFacts['local'] {
  const asked = exec('git', ['-C', root, 'symbolic-ref', '--short', '-q', 'HEAD'], { timeoutMs: GIT_TIMEOUT_MS });
  const branch = asked?.status === 0 ? asked.stdout.trim() : '';
  return { branch: branch === '' ? undefined : branch };
}
