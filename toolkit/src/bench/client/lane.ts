import type { Answer } from './answer.ts';
import { renderBody, toMessages } from './body.ts';
import type { HttpSender } from './http-sender.ts';
import type { LoopWatch } from './loop-watch.ts';
import { COUNTERS, type Phase, type Task, type ThreadSetup } from './messages.ts';
import { classifyOutcome, type Ending } from './outcome.ts';
import { PreciseTimer } from './precise-timer.ts';
import { RecordLog, type RecordHead } from './record-log.ts';
import type { ChatMessage } from '../load/request.ts';

export interface LaneParts {
  readonly setup: Pick<ThreadSetup, 'counters' | 'lookahead' | 'keepText' | 'endpoint' | 'model' | 'thinkTimeMs'>;
  readonly sender: HttpSender;
  readonly watch: LoopWatch;
  readonly onNeed: (count: number) => void;
  readonly onPhaseDone: () => void;
}

/** One turn on its way. */
interface Turn {
  readonly task: Task;
  readonly turn: number;
  readonly intendedMs: number;
  /** From when on nothing but this client kept it from being sent. */
  readonly possibleMs: number;
  readonly body: Uint8Array;
  /** What was said before, with this turn's message. */
  readonly history: readonly ChatMessage[];
}

/** Frames before and after those that carry tokens: the role, the last usage. */
const EXTRA_EVENTS = 4;

/** Decides in one thread when requests leave: when they are due, or when a slot is free; keeps their records. */
export class Lane {
  readonly #parts: LaneParts;
  readonly #timer: PreciseTimer;
  readonly #counters: Int32Array;
  readonly #log = new RecordLog();
  #queue: Task[] = [];
  #head = 0;
  #asked = false;
  #filling = false;
  #last = false;
  #phase: Phase | undefined;
  #active = 0;
  /** When each idle slot became free, the longest first. */
  #free: number[] = [];

  constructor(parts: LaneParts) {
    this.#parts = parts;
    this.#counters = new Int32Array(parts.setup.counters);
    this.#timer = new PreciseTimer(parts.watch, () => {
      parts.watch.enter();
      this.#fill();
    });
  }

  begin(phase: Phase): void {
    this.#phase = phase;
    this.#free = new Array<number>(phase.slots ?? 0).fill(phase.startMs);
    this.#last = false;
    this.#timer.arm(phase.startMs);
  }

  add(tasks: readonly Task[], last: boolean): void {
    this.#queue = [...this.#queue.slice(this.#head), ...tasks];
    this.#head = 0;
    this.#asked = false;
    this.#last = last;
    this.#fill();
  }

  /** Records of everything that ended. */
  get log(): RecordLog {
    return this.#log;
  }

  /** Sends what may go now. A request that fails at once frees its slot while this runs; the loop sees it. */
  #fill(): void {
    const phase = this.#phase;
    if (phase === undefined || this.#filling || this.#parts.watch.now() < phase.startMs) return;
    this.#filling = true;
    this.#sendDue(phase);
    this.#filling = false;
    this.#askForMore();
    if (this.#last && this.#head >= this.#queue.length && this.#active === 0) this.#finishPhase();
  }

  #sendDue(phase: Phase): void {
    const { watch } = this.#parts;
    if (this.#isOver(watch.now())) this.#dropQueue();
    for (let task = this.#queue[this.#head]; task !== undefined; task = this.#queue[this.#head]) {
      const dueMs = phase.paced ? (task.intendedMs ?? 0) : 0;
      if (dueMs > watch.now()) {
        this.#timer.arm(dueMs);
        break;
      }
      if (phase.slots !== null && this.#active >= phase.slots) break;
      const freeMs = this.#free.shift() ?? phase.startMs;
      this.#head++;
      this.#active++;
      this.#start(task, phase.paced ? dueMs : freeMs, freeMs);
    }
  }

  #finishPhase(): void {
    this.#phase = undefined;
    this.#parts.onPhaseDone();
  }

  #askForMore(): void {
    const { lookahead } = this.#parts.setup;
    const waiting = this.#queue.length - this.#head;
    if (this.#last || this.#asked || waiting * 2 > lookahead) return;
    this.#asked = true;
    this.#parts.onNeed(lookahead - waiting);
  }

  #isOver(nowMs: number): boolean {
    const untilMs = this.#phase?.untilMs ?? null;
    return untilMs !== null && nowMs >= untilMs;
  }

  #dropQueue(): void {
    this.#queue = [];
    this.#head = 0;
    this.#last = true;
  }

  #start(task: Task, intendedMs: number, freeMs: number): void {
    const first = task.conversation?.turns[0]?.prompt;
    const history = first === undefined ? [] : toMessages(first);
    // Waiting for a slot is the server's doing, and no lag of ours.
    const possibleMs = this.#phase?.slots === null ? intendedMs : Math.max(intendedMs, freeMs);
    this.#send({ task, turn: 0, intendedMs, possibleMs, body: task.body, history });
  }

  #send(turn: Turn): void {
    const { sender, watch, setup } = this.#parts;
    const phase = this.#phase?.name ?? 'measured';
    const { task } = turn;
    const outputTokens = this.#outputTokens(turn);
    Atomics.add(this.#counters, COUNTERS.sent, 1);
    const sentMs = watch.now();
    // Closed loops have no schedule to lag behind.
    if (this.#phase?.paced === true) watch.addLag(sentMs - turn.possibleMs);
    const outgoing = {
      id: `${phase}-${task.index + turn.turn}`,
      body: turn.body,
      expectedEvents: (outputTokens ?? 64) + EXTRA_EVENTS,
      keepText: setup.keepText || task.conversation !== undefined,
    };
    sender.send(outgoing, (answer, ending, endMs) => {
      const head = this.#describe({ ...turn, phase, sentMs, endMs }, answer, ending);
      this.#log.add(head, answer);
      this.#parts.watch.addEvents(answer.events);
      const failed = head.outcome !== 'ok';
      Atomics.add(this.#counters, failed ? COUNTERS.failed : COUNTERS.done, 1);
      afterResponse(() => {
        if (failed || !this.#continue(turn, answer.text, endMs)) this.#release(endMs);
      });
    });
  }

  /** Plans the next turn of a conversation; false when there is none. */
  #continue({ task, turn, history }: Turn, said: string, endMs: number): boolean {
    const { endpoint, model, thinkTimeMs } = this.#parts.setup;
    const next = task.conversation?.turns[turn + 1];
    const intendedMs = endMs + thinkTimeMs;
    if (next === undefined || this.#phase === undefined || this.#isOver(intendedMs)) return false;
    const messages = [...history, { role: 'assistant', content: said }, ...toMessages(next.prompt)];
    const body = renderBody(endpoint, model, { ...next, prompt: { kind: 'messages', messages } });
    const go = () => {
      if (this.#isOver(this.#parts.watch.now())) this.#release(endMs);
      else this.#send({ task, turn: turn + 1, intendedMs, possibleMs: intendedMs, body, history: messages });
    };
    // The difference to the intended time is in the record.
    if (thinkTimeMs > 0) setTimeout(go, thinkTimeMs);
    else go();
    return true;
  }

  #release(atMs: number): void {
    this.#active--;
    this.#free.push(atMs);
    this.#fill();
  }

  #outputTokens({ task, turn }: Turn): number | undefined {
    return turn === 0 ? task.outputTokens : task.conversation?.turns[turn]?.outputTokens;
  }

  #describe(
    turn: Turn & { readonly phase: Phase['name']; readonly sentMs: number; readonly endMs: number },
    answer: Answer,
    ending: Ending,
  ): RecordHead {
    const { task, phase, intendedMs, sentMs, endMs } = turn;
    const outputTokens = this.#outputTokens(turn);
    const { outcome, error } = classifyOutcome(answer.describe(outputTokens), ending);
    const { usage, firstEventMs, firstContentMs } = answer;
    return {
      index: task.index + turn.turn,
      phase,
      ...(task.conversation !== undefined && { session: task.conversation.session, turn: turn.turn }),
      intendedMs,
      sentMs,
      ...(firstEventMs !== undefined && { firstEventMs }),
      ...(firstContentMs !== undefined && { firstContentMs }),
      endMs,
      ...(turn.turn === 0 && task.inputTokens !== undefined && { requestedInputTokens: task.inputTokens }),
      ...(outputTokens !== undefined && { requestedOutputTokens: outputTokens }),
      ...usage,
      outcome,
      ...(answer.status !== 0 && { status: answer.status }),
      ...(error !== undefined && error !== '' && { error }),
      ...(this.#parts.setup.keepText && { text: answer.text }),
    };
  }
}

/**
 * Calls back when the connection of an answer that just ended can take the next request: one turn of the loop later.
 * Without that every slot would need a second connection.
 */
function afterResponse(callback: () => void): void {
  queueMicrotask(() => setImmediate(callback));
}
