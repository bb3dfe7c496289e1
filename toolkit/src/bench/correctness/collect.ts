import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { failure } from '../../exit-codes.ts';
import type { ClientEvent } from '../client-protocol.ts';
import type { RunningServer } from '../host.ts';
import type { PointSpec } from '../point.ts';
import type { RequestRecord } from '../record.ts';
import { QUESTIONS, renderPrompt } from './questions.ts';
import { digestQuestions, type Answer, type Answers } from './score.ts';

/** A server that garbles its answers may never end one. */
const ANSWER_TIMEOUT_MS = 120_000;
const CONCURRENCY = 8;

export interface CollectOptions {
  /** Folder for temporary files. */
  readonly scratch: string;
  readonly profile: string | null;
  readonly profileFileDigest: string | null;
  readonly signal: AbortSignal;
  readonly nowIso: () => string;
}

/**
 * Asks a running server all questions with temperature 0, several at a time as in real use.
 * @throws AimError when the client or the server dies
 */
export async function collectAnswers(server: RunningServer, options: CollectOptions): Promise<Answers> {
  const { scratch, profile, profileFileDigest, signal, nowIso } = options;
  const { identity } = server;
  if (identity.model === null) throw failure('remote', { message: 'the server does not say which model it serves' });
  const folder = mkdtempSync(join(scratch, 'aim-bench-questions-'));
  try {
    const path = join(folder, 'questions.jsonl');
    writeFileSync(path, renderDataset());
    const records: RequestRecord[] = [];
    const keep = (event: ClientEvent) => {
      if (event.type === 'record') records.push(event.record);
    };
    const request = {
      point: toPoint(identity.model, path),
      ...{ workers: 1, keepText: true, metricsIntervalMs: 0, amdSmi: [], resetPrefixCache: false },
    };
    await server.measure(request, keep, signal);
    const answers = parseRecords(records);
    const head = { schemaVersion: 1, questions: digestQuestions() } as const;
    return { ...head, profile, profileFileDigest, identity, takenAt: nowIso(), answers };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function renderDataset(): string {
  const lines = QUESTIONS.map((question) => ({ messages: [{ role: 'user', content: renderPrompt(question) }] }));
  return `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`;
}

function toPoint(model: string, path: string): PointSpec {
  return {
    ...{ id: 'correctness', endpoint: 'chat', model, repeat: 1, seed: 0, warmupRequests: 0 },
    load: { kind: 'concurrency', concurrency: CONCURRENCY },
    dataset: { kind: 'jsonl', path },
    requests: QUESTIONS.length,
    requestTimeoutMs: ANSWER_TIMEOUT_MS,
  };
}

/** A request's index is the line of its question. */
export function parseRecords(records: readonly RequestRecord[]): readonly Answer[] {
  const byIndex = new Map(records.map((record) => [record.index, record]));
  return QUESTIONS.map(({ id }, index) => {
    const record = byIndex.get(index);
    if (record === undefined) return { id, text: null, outcome: 'missing' };
    const { outcome, text } = record;
    return { id, text: outcome === 'ok' ? (text ?? '') : null, outcome };
  });
}
