import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { AimError, messageOf } from 'aim-runtime/system';
import type { ContainerHost } from '../../../docker/containers.ts';
import type { Endpoint } from '../../../docker/endpoint.ts';
import { ownLease, type ProcessView } from '../lease.ts';
import type { AgentAnswer, AgentLine, AgentQuestions, AgentTopic, HoldRequest } from './protocol.ts';
import { releaseLease, removeAbandoned, type ReleaseOptions } from './sweep.ts';

/** Answers of the host itself, apart from leases. */
export type HostAnswers = {
  readonly [Topic in Exclude<AgentTopic, 'hold'>]: (
    ask: AgentQuestions[Topic]['ask'],
  ) => AgentQuestions[Topic]['answer'] | Promise<AgentQuestions[Topic]['answer']>;
};

export interface AgentSettings {
  readonly input: Readable;
  readonly write: (line: string) => void;
  readonly answers: HostAnswers;
  readonly connect: (endpoint: Endpoint) => Promise<ContainerHost>;
  readonly view: () => ProcessView;
  readonly pid: number;
  readonly release: ReleaseOptions;
  /** Ends serving as the end of the input does. */
  readonly signal: AbortSignal;
}

/** Answers until the input ends, falls silent or the signal comes; then removes what it holds. */
export async function serveAgent(settings: AgentSettings): Promise<void> {
  const held: { containers: ContainerHost; lease: string }[] = [];
  const ended = Promise.withResolvers<undefined>();
  const end = () => ended.resolve(undefined);
  const state = { silenceMs: 0, orderly: false };
  let timer: NodeJS.Timeout | undefined;
  const heard = () => {
    clearTimeout(timer);
    if (state.silenceMs > 0) timer = setTimeout(end, state.silenceMs);
  };
  const hold = async ({ endpoint, silenceMs }: HoldRequest) => {
    const containers = await settings.connect(endpoint);
    const view = settings.view();
    const lease = ownLease(view, settings.pid);
    held.push({ containers, lease });
    state.silenceMs = silenceMs;
    heard();
    return { lease, removed: await removeAbandoned(containers, view) };
  };
  const lines = createInterface({ input: settings.input });
  lines.on('line', (text) => {
    heard();
    const line = parseLine(text);
    if (line === undefined || 'ping' in line) return;
    if ('over' in line) {
      state.orderly = true;
      return;
    }
    void answer(line, { ...settings.answers, hold }).then((said) => settings.write(`${JSON.stringify(said)}\n`));
  });
  lines.on('close', end);
  settings.signal.addEventListener('abort', end, { once: true });
  await ended.promise;
  lines.close();
  clearTimeout(timer);
  // Who ends in order asks for no more containers.
  const release = state.orderly ? { ...settings.release, quietMs: 0 } : settings.release;
  for (const { containers, lease } of held) await releaseLease(containers, lease, release);
}

function parseLine(text: string): AgentLine | undefined {
  try {
    return JSON.parse(text) as AgentLine;
  } catch {
    return undefined; // half a line of an asker that died
  }
}

async function answer(
  { id, topic, ask }: Extract<AgentLine, { id: number }>,
  answers: Readonly<Record<string, unknown>>,
): Promise<AgentAnswer> {
  try {
    const find = answers[topic] as ((ask: unknown) => unknown) | undefined;
    if (find === undefined) throw new Error(`there is no answer to ${topic}`);
    return { id, answer: (await find(ask)) ?? null };
  } catch (error) {
    const known = isAimError(error) ? error : undefined;
    const code = known?.code ?? 'environment';
    return { id, error: { code, message: messageOf(error), hint: known?.hint ?? null } };
  }
}

function isAimError(error: unknown): error is AimError {
  return error instanceof AimError;
}
