import { renderBody } from '../../src/bench/client/body.ts';
import { HttpSender } from '../../src/bench/client/http-sender.ts';
import { Lane } from '../../src/bench/client/lane.ts';
import { LoopWatch } from '../../src/bench/client/loop-watch.ts';
import { COUNTERS, type Phase, type Task } from '../../src/bench/client/messages.ts';
import type { PlannedTurn } from '../../src/bench/load/request.ts';
import type { RequestRecord } from '../../src/bench/record.ts';

/** Tokens that {@link task} asks for. */
export const TOKENS = 3;

export const turn = (text: string): PlannedTurn => ({ prompt: { kind: 'text', text }, outputTokens: TOKENS });
export const task = (index: number, more: Partial<Task> = {}): Task => ({
  index,
  body: renderBody('completions', 'm', turn(`p${index}`)),
  outputTokens: TOKENS,
  ...more,
});

export interface Settings {
  readonly phase?: Partial<Phase>;
  readonly endpoint?: 'completions' | 'chat';
  readonly timeoutMs?: number;
  readonly keepText?: boolean;
}

/** Runs tasks in a lane of this thread and returns their records by index. */
export async function runLane(url: string, tasks: readonly Task[], settings: Settings = {}): Promise<RequestRecord[]> {
  const { endpoint = 'completions', timeoutMs = 2000, keepText = false } = settings;
  const watch = new LoopWatch(Number(process.hrtime.bigint()) / 1e6);
  const options = { baseUrl: url, endpoint, headers: { authorization: 'Bearer k' }, requestTimeoutMs: timeoutMs };
  const sender = new HttpSender({ ...options, stamp: watch });
  const counters = new SharedArrayBuffer(Object.keys(COUNTERS).length * 4);
  const setup = { counters, lookahead: 16, keepText, endpoint, model: 'm', thinkTimeMs: 20 };
  let lane: Lane | undefined;
  await new Promise<void>((resolve) => {
    lane = new Lane({ setup, sender, watch, onNeed: () => undefined, onPhaseDone: resolve });
    const startMs = watch.now() + 5;
    lane.begin({ name: 'measured', slots: 1, paced: false, startMs, untilMs: null, ...settings.phase });
    lane.add(
      tasks.map((each) => (each.intendedMs === undefined ? each : { ...each, intendedMs: startMs + each.intendedMs })),
      true,
    );
  });
  await sender.close();
  const lines = [...lane!.log.takeLines()].join('').trim().split('\n');
  const records = lines.map((line) => (JSON.parse(line) as { record: RequestRecord }).record);
  return records.sort((a, b) => a.index - b.index);
}
