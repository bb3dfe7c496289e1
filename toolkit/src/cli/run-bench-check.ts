import { join, resolve } from 'node:path';
import { loadBenchConfig } from '../bench/classify/config.ts';
import { loadAnswers } from '../bench/correctness/answers-file.ts';
import { askServer, type AskOptions } from '../bench/correctness/ask.ts';
import { requireSameModel, scoreAnswers, type Answers, type GateResult } from '../bench/correctness/score.ts';
import { createUrlHost, parseServerUrl } from '../bench/hosts/url-host.ts';
import { subjectName, type Subject } from '../bench/run/plan.ts';
import { failure } from '../exit-codes.ts';
import { writeWholeFile } from '../images/write-file.ts';
import { findConfig } from '../lint/config.ts';
import { openBenchHost } from './bench-hosts.ts';
import { findSubjects, type ServerFlags } from './bench-request.ts';
import { profilesFolder } from './build-images.ts';
import { requestMaker } from './run-bench.ts';
import type { Session } from './session.ts';

/** What `bench check` is called with. */
export interface CheckFlags extends ServerFlags {
  readonly profile?: readonly string[] | undefined;
  readonly reference?: string | undefined;
  readonly output: string;
  readonly config?: string | undefined;
}

/** What `bench check` prints. */
export interface BenchCheckReport {
  readonly checks: readonly {
    readonly profile: string | null;
    readonly output: string;
    readonly gate: GateResult;
  }[];
}

/** Asks each server the questions, keeps the answers and judges them. @throws AimError */
export async function runBenchCheck(session: Session, flags: CheckFlags): Promise<BenchCheckReport> {
  const { url, host, profile, image } = flags;
  if (url === undefined && host === undefined && profile === undefined && image === undefined) {
    throw failure('usage', {
      message: 'it is not said what to check',
      hint: 'Give --url URL for a running server, or --profile NAME, or --image REFERENCE.',
    });
  }
  const { gate: thresholds } = loadBenchConfig(flags.config ?? findConfig(process.cwd()));
  const subjects = findSubjects(profile ?? [], profilesFolder(flags.profiles, session.locations.root));
  const toRequest = requestMaker(flags);
  const reference = await loadReference(session, flags.reference);
  const opened = await openBenchHost(session, flags);
  try {
    const checks: BenchCheckReport['checks'][number][] = [];
    for (const subject of subjects) {
      const answers = await askServer(opened, { ...askOptions(session), subject, request: toRequest(subject) });
      if (reference !== undefined) requireSameModel(answers, reference);
      const output = join(resolve(flags.output), `${subjectName(subject)}.answers.json`);
      await writeWholeFile(output, [Buffer.from(`${JSON.stringify(answers, undefined, 2)}\n`)], session);
      checks.push({ profile: subject.profile, output, gate: scoreAnswers(answers, reference, thresholds) });
    }
    return { checks };
  } finally {
    await opened.close();
  }
}

/** How a session asks. */
function askOptions({ signal, progress }: Session): Pick<AskOptions, 'onPhase' | 'signal' | 'nowIso'> {
  return {
    signal,
    onPhase: (name, phase) => progress.update(`${name}: ${phase}`),
    nowIso: () => new Date().toISOString(),
  };
}

/** Answers of a file, or of a server that is trusted. */
async function loadReference(session: Session, name: string | undefined): Promise<Answers | undefined> {
  if (name === undefined) return undefined;
  if (!/^https?:/.test(name)) return loadAnswers(resolve(name));
  const host = createUrlHost(parseServerUrl(name), await session.benchMachine(undefined));
  const subject: Subject = { profile: null, file: undefined, digest: undefined };
  const request = { env: {}, gpuCount: 0, readyTimeoutMs: 0 };
  try {
    return await askServer(host, { ...askOptions(session), subject, request });
  } finally {
    await host.close();
  }
}
