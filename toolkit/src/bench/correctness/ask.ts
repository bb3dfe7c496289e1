import { tmpdir } from 'node:os';
import type { BenchHost, ServerRequest } from '../host.ts';
import type { Subject } from '../run/plan.ts';
import { collectAnswers } from './collect.ts';
import type { Answers } from './score.ts';

export interface AskOptions {
  readonly subject: Subject;
  readonly request: ServerRequest;
  readonly onPhase: (name: string, phase: string) => void;
  readonly signal: AbortSignal;
  readonly nowIso: () => string;
}

/** Starts a server, asks it all questions, and stops it. @throws AimError when it does not start or dies */
export async function askServer(host: BenchHost, options: AskOptions): Promise<Answers> {
  const { subject, request, signal, nowIso } = options;
  const { profile, digest: profileFileDigest = null } = subject;
  const name = profile ?? host.name;
  const server = await host.start(request, (phase) => options.onPhase(name, phase), signal);
  try {
    options.onPhase(name, 'asking questions');
    return await collectAnswers(server, { scratch: tmpdir(), profile, profileFileDigest, signal, nowIso });
  } finally {
    await server.stop();
  }
}
