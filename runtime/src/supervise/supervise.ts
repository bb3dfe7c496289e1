import { setTimeout as sleep } from 'node:timers/promises';
import type { SuperviseConfig } from '../config.ts';
import { EXIT_CODES, type RuntimeErrorCode } from '../exit-codes.ts';
import { AimError, messageOf } from '../system/errors.ts';
import type { Log } from '../system/log.ts';
import { waitUntilIdle } from './drain.ts';
import { EngineClient } from './engine-client.ts';
import { startEngine, type EngineEnd, type EngineProcess, type ProcessSurroundings } from './engine-process.ts';
import { closeServer, startSideServer } from './side-server.ts';
import { SuperviseState, type EngineStart, type Phase, type StatusReport } from './state.ts';

export interface Supervision {
  readonly config: SuperviseConfig;
  /** Decides what to start; may take long. Called once, when the side port answers already. */
  readonly prepare: () => Promise<EngineStart>;
  readonly log: Log;
  readonly redact: (text: string) => string;
  readonly surroundings: ProcessSurroundings;
  /** Tells of the signals that this process gets; the result ends that. */
  readonly onSignal: (listener: (signal: NodeJS.Signals) => void) => () => void;
}

const POLL_MS = 250;
/** Between SIGTERM and SIGKILL. */
const KILL_MS = 10_000;

/**
 * Runs the engine as a child process beside a port that tells how it is, and ends with it. Returns the exit status:
 * the engine's own, never 0 for one that ended unasked. @throws AimError of `prepare`, or `engine-start` with the
 * engine's last lines when it ends before it was ready
 */
export async function supervise(options: Supervision): Promise<number> {
  const run = new SupervisedRun(options);
  const server = await startSideServer(options.config.port, {
    status: () => run.status(),
    readiness: () => run.readiness(),
    metrics: () => run.client?.metrics() ?? Promise.resolve(undefined),
  });
  const unlisten = options.onSignal((signal) => {
    run.take(signal);
  });
  try {
    return await run.toEnd();
  } finally {
    unlisten();
    run.close();
    await closeServer(server);
  }
}

const ENDING: ReadonlySet<NodeJS.Signals> = new Set(['SIGTERM', 'SIGINT']);

class SupervisedRun {
  readonly #options: Supervision;
  readonly #state = new SuperviseState(() => performance.now());
  /** Aborted when an end was asked for; again by a second signal. */
  readonly #asked = new AbortController();
  readonly #hurry = new AbortController();
  readonly #over = new AbortController();
  #engine: EngineProcess | undefined;
  client: EngineClient | undefined;

  constructor(options: Supervision) {
    this.#options = options;
  }

  /** What a signal means: to end, to end at once, or something for the engine. */
  take(signal: NodeJS.Signals): void {
    if (!ENDING.has(signal)) this.#engine?.kill(signal);
    else if (this.#asked.signal.aborted) this.#hurry.abort();
    else this.#asked.abort(signal);
  }

  /** The engine has ended: nothing more is asked of it. */
  close(): void {
    this.#over.abort();
  }

  /** Ready is an engine that has given a token, is healthy now, and is not asked to end. */
  async readiness(): Promise<{ ready: boolean; phase: Phase }> {
    const healthy = this.#state.phase === 'ready' && (await this.client?.isHealthy()) === true;
    const { phase } = this.#state; // it may have changed while the engine was asked
    return { ready: healthy && phase === 'ready', phase };
  }

  async status(): Promise<StatusReport> {
    const [{ ready }, requests] = await Promise.all([this.readiness(), this.client?.countRequests()]);
    const lastLine = this.#engine?.newestLine();
    return this.#state.report({
      ready,
      requests,
      lastLine: lastLine === undefined ? undefined : this.#options.redact(lastLine),
    });
  }

  async toEnd(): Promise<number> {
    const asked = new Promise<'asked'>((resolve) => {
      this.#asked.signal.addEventListener('abort', () => {
        resolve('asked');
      });
    });
    const start = await Promise.race([this.#options.prepare(), asked]);
    if (start === 'asked') return this.#askedStatus();
    const engine = await this.#launch(start);
    const watch = new AbortController();
    void this.#watch(AbortSignal.any([watch.signal, this.#asked.signal]));
    const first = await Promise.race([engine.ended, asked]);
    watch.abort();
    return first === 'asked' ? this.#stop(engine) : this.#concludeUnasked(first, engine);
  }

  async #launch(start: EngineStart): Promise<EngineProcess> {
    if (start.port === this.#options.config.port) {
      throw new AimError<RuntimeErrorCode>('config', {
        message: `AIM_PORT and AIM_SUPERVISE_PORT are both ${start.port}`,
        hint: 'Give one of them another number.',
      });
    }
    this.#state.start = start;
    this.client = new EngineClient(start, this.#over.signal);
    try {
      this.#engine = await startEngine(start, this.#options.surroundings);
    } catch (error) {
      throw new AimError<RuntimeErrorCode>('engine-start', {
        message: `the inference engine could not start: ${start.file}: ${messageOf(error)}`,
        cause: error,
      });
    }
    this.#state.pid = this.#engine.pid;
    this.#state.enter('loading');
    return this.#engine;
  }

  /** Follows the engine up to its first token. */
  async #watch(until: AbortSignal): Promise<void> {
    const { log } = this.#options;
    while (!until.aborted && !(await this.client?.isHealthy())) await pause(until);
    this.#state.enter('warming');
    while (!until.aborted) {
      const outcome = await this.client?.requestToken();
      if (outcome === 'token') this.#state.markFirstToken();
      if (outcome === 'cannot-ask')
        log.warn('the engine answers no request for text: its health alone says that it is ready');
      if (outcome === 'token' || outcome === 'cannot-ask') break;
      await pause(until);
    }
    if (until.aborted) return;
    this.#state.enter('ready');
    log.info('the engine is ready');
  }

  /** Ends the engine in good order: not ready any more, its requests finished, SIGTERM, SIGKILL. */
  async #stop(engine: EngineProcess): Promise<number> {
    const { log, config } = this.#options;
    const wasReady = this.#state.phase === 'ready';
    this.#state.enter('draining');
    if (wasReady && config.drainSeconds > 0) {
      log.info(`draining: waiting up to ${config.drainSeconds} s for running requests`);
      const { end, left } = await waitUntilIdle({
        count: () => this.client?.countRequests() ?? Promise.resolve(undefined),
        limitMs: config.drainSeconds * 1000,
        nowMs: () => performance.now(),
        cut: AbortSignal.any([this.#hurry.signal, abortWhen(engine.ended)]),
      });
      const rest = left === undefined ? 'an unknown number of requests' : `${left} requests`;
      if (end !== 'idle') log.warn(`draining ended with ${rest} left`);
    }
    this.#state.enter('stopping');
    engine.kill('SIGTERM');
    const killer = setTimeout(() => {
      log.warn(`the engine did not end within ${KILL_MS / 1000} s: killing it`);
      engine.kill('SIGKILL');
    }, KILL_MS);
    const { status, how } = await engine.ended;
    clearTimeout(killer);
    log.info(`the engine ended: ${how}`);
    return status;
  }

  /** Before it was ready that is a start that failed; afterwards its own status, but never success. */
  #concludeUnasked({ status, how }: EngineEnd, engine: EngineProcess): number {
    const lines = engine.lastLines();
    if (this.#state.phase !== 'ready') {
      throw new AimError<RuntimeErrorCode>('engine-start', {
        message: `the inference engine ended before it was ready: ${how}`,
        details: lines,
        hint: 'These are its last lines; all of its output is above.',
      });
    }
    const { log } = this.#options;
    log.error(`the inference engine ended unexpectedly: ${how}; its last lines:`);
    for (const line of lines) log.error(`  ${line}`);
    return status === 0 ? EXIT_CODES.internal : status;
  }

  #askedStatus(): number {
    return this.#asked.signal.reason === 'SIGINT' ? 130 : 143;
  }
}

function pause(until: AbortSignal): Promise<void> {
  return sleep(POLL_MS, undefined, { signal: until }).catch(() => undefined);
}

function abortWhen(event: Promise<unknown>): AbortSignal {
  const controller = new AbortController();
  void event.then(() => {
    controller.abort();
  });
  return controller.signal;
}
