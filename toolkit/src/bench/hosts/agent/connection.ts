import { createInterface } from 'node:readline';
import { once } from 'node:events';
import { failure, isToolkitErrorCode } from '../../../exit-codes.ts';
import type { Helper } from '../machine.ts';
import type { AgentAnswer, AgentQuestions, AgentTopic } from './protocol.ts';

/** The agent of a machine, asked from here. */
export interface Agent {
  /** @throws AimError what the agent found, or environment when it is gone */
  ask<Topic extends AgentTopic>(
    topic: Topic,
    ask: AgentQuestions[Topic]['ask'],
  ): Promise<AgentQuestions[Topic]['answer']>;
  /** Ends it; returns when it has removed what it holds. */
  close(): Promise<void>;
}

interface Waiting {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
}

const PING_MS = 5_000;
const ERROR_LINES = 10;

/** Talks to a started agent; `machine` is for messages. */
export function connectAgent(helper: Helper, machine: string): Agent {
  const waiting = new Map<number, Waiting>();
  const said: string[] = [];
  let lastId = 0;
  let gone: Error | undefined;
  const send = (line: object) => helper.stdin.write(`${JSON.stringify(line)}\n`);
  const ended = once(helper, 'close');
  createInterface({ input: helper.stdout }).on('line', (line) => settle(line, waiting));
  createInterface({ input: helper.stderr }).on('line', (line) => {
    said.push(line);
    if (said.length > ERROR_LINES) said.shift();
  });
  const pings = setInterval(() => send({ ping: true }), PING_MS);
  void ended
    .catch(() => undefined)
    .then(() => {
      clearInterval(pings);
      gone = agentGone(machine, said);
      for (const { reject } of waiting.values()) reject(gone);
      waiting.clear();
    });
  return {
    ask: <Topic extends AgentTopic>(topic: Topic, ask: AgentQuestions[Topic]['ask']) => {
      if (gone !== undefined) return Promise.reject(gone);
      const id = ++lastId;
      const answer = new Promise<unknown>((resolve, reject) => waiting.set(id, { resolve, reject }));
      send({ id, topic, ask });
      return answer as Promise<AgentQuestions[Topic]['answer']>;
    },
    close: async () => {
      clearInterval(pings);
      if (gone === undefined) send({ over: true });
      helper.stdin.end();
      await ended.catch(() => undefined);
    },
  };
}

function settle(line: string, waiting: Map<number, Waiting>): void {
  const said = parseAnswer(line);
  const asker = said === undefined ? undefined : waiting.get(said.id);
  if (said === undefined || asker === undefined) return;
  waiting.delete(said.id);
  if ('answer' in said) {
    asker.resolve(said.answer);
    return;
  }
  const { code, message, hint } = said.error;
  const parts = hint === null ? { message } : { message, hint };
  asker.reject(failure(isToolkitErrorCode(code) ? code : 'environment', parts));
}

function parseAnswer(line: string): AgentAnswer | undefined {
  try {
    return JSON.parse(line) as AgentAnswer;
  } catch {
    return undefined; // something else of that machine, such as a greeting
  }
}

function agentGone(machine: string, details: readonly string[]): Error {
  return failure('environment', {
    message: `the helper process on ${machine} ended`,
    details,
    hint: 'It holds the lease on what was started there; run the command again, with --resume to keep the points.',
  });
}
