/** What a supervised start is doing, in the order in which it happens. */
export type Phase = 'preparing' | 'loading' | 'warming' | 'ready' | 'draining' | 'stopping';

/** The engine to start and how to talk to it. */
export interface EngineStart {
  /** Absolute path of the interpreter. */
  readonly file: string;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly engine: string;
  readonly model: string;
  readonly profile: string;
  readonly port: number;
  /** Address that the engine listens on, as its arguments say; undefined for all or for this host. */
  readonly host: string | undefined;
  readonly usesTls: boolean;
  /** Key that its API asks for. */
  readonly apiKey: string | undefined;
}

/** Answer of `GET /status`. */
export interface StatusReport {
  readonly phase: Phase;
  /** Seconds in this phase. */
  readonly phase_seconds: number;
  readonly uptime_seconds: number;
  readonly ready: boolean;
  readonly model: string | null;
  readonly profile: string | null;
  readonly engine: { readonly name: string; readonly port: number; readonly pid: number | null } | null;
  /** Seconds from the start of this program to the first token; null until then. */
  readonly first_token_seconds: number | null;
  /** Requests that the engine works on or has queued; null when it does not say. */
  readonly requests: number | null;
  /** What the engine printed last, without secrets. */
  readonly last_line: string | null;
}

/** The one mutable record of a supervised start. Times come from a clock that never goes back. */
export class SuperviseState {
  readonly #nowMs: () => number;
  readonly #startedMs: number;
  #phase: Phase = 'preparing';
  #phaseMs: number;
  #firstTokenMs: number | undefined;
  start: EngineStart | undefined;
  pid: number | undefined;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
    this.#startedMs = nowMs();
    this.#phaseMs = this.#startedMs;
  }

  get phase(): Phase {
    return this.#phase;
  }

  /** Goes on to a later phase; an earlier one is ignored, so that nothing turns a start that ends back to ready. */
  enter(phase: Phase): void {
    if (ORDER.indexOf(phase) <= ORDER.indexOf(this.#phase)) return;
    this.#phase = phase;
    this.#phaseMs = this.#nowMs();
  }

  markFirstToken(): void {
    this.#firstTokenMs ??= this.#nowMs();
  }

  report(live: {
    readonly ready: boolean;
    readonly requests: number | undefined;
    readonly lastLine: string | undefined;
  }): StatusReport {
    const secondsFrom = (ms: number) => Math.round((this.#nowMs() - ms) / 100) / 10;
    const { start } = this;
    return {
      phase: this.#phase,
      phase_seconds: secondsFrom(this.#phaseMs),
      uptime_seconds: secondsFrom(this.#startedMs),
      ready: live.ready,
      model: start?.model ?? null,
      profile: start?.profile ?? null,
      engine: start ? { name: start.engine, port: start.port, pid: this.pid ?? null } : null,
      first_token_seconds:
        this.#firstTokenMs === undefined ? null : Math.round((this.#firstTokenMs - this.#startedMs) / 100) / 10,
      requests: live.requests ?? null,
      last_line: live.lastLine ?? null,
    };
  }
}

const ORDER: readonly Phase[] = ['preparing', 'loading', 'warming', 'ready', 'draining', 'stopping'];
