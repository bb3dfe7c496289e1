import { formatBytes } from './disk.ts';

/** How much of something there is. */
export interface Amount {
  readonly done: number;
  readonly total: number;
}

/** Told what a download does. */
export interface DownloadProgress {
  start(amounts: { readonly files: Amount; readonly bytes: Amount }): void;
  /** Bytes that arrived; negative when they have to come again. */
  bytes(count: number): void;
  file(path: string): void;
  end(): void;
}

/** Where a download's state stands, as every form of report shows it. */
export interface ProgressState {
  readonly files: Amount;
  readonly bytes: Amount;
  readonly bytesPerSecond: number;
  /** Undefined as long as there is no speed to tell it from. */
  readonly remainingSeconds: number | undefined;
}

export interface ProgressOptions {
  readonly intervalMs: number;
  /** Milliseconds of a clock that never jumps. */
  readonly now: () => number;
  /** `last` is true for the report at the end. */
  readonly report: (state: ProgressState, last: boolean) => void;
  readonly onFile?: (path: string) => void;
}

const WINDOW_MS = 10_000;

/** Progress that reports at intervals, with the speed of the last seconds. */
export function createProgress(options: ProgressOptions): DownloadProgress {
  let files: Amount = { done: 0, total: 0 };
  let bytes: Amount = { done: 0, total: 0 };
  let history: { readonly atMs: number; readonly done: number }[] = [];
  let timer: NodeJS.Timeout | undefined;
  const state = (): ProgressState => {
    const nowMs = options.now();
    history = [...history.filter(({ atMs }) => nowMs - atMs <= WINDOW_MS), { atMs: nowMs, done: bytes.done }];
    const [first = { atMs: nowMs, done: bytes.done }] = history;
    const seconds = (nowMs - first.atMs) / 1000;
    const bytesPerSecond = seconds > 0 ? Math.max(0, (bytes.done - first.done) / seconds) : 0;
    const left = bytes.total - bytes.done;
    return { files, bytes, bytesPerSecond, remainingSeconds: bytesPerSecond > 0 ? left / bytesPerSecond : undefined };
  };
  return {
    start: (amounts) => {
      ({ files, bytes } = amounts);
      options.report(state(), false);
      timer = setInterval(() => {
        options.report(state(), false);
      }, options.intervalMs).unref();
    },
    bytes: (count) => {
      bytes = { ...bytes, done: bytes.done + count };
    },
    file: (path) => {
      files = { ...files, done: files.done + 1 };
      options.onFile?.(path);
    },
    end: () => {
      if (!timer) return;
      clearInterval(timer);
      timer = undefined;
      options.report(state(), true);
    },
  };
}

const BAR_CELLS = 24;

/** The state in one line; with a bar for a terminal. */
export function renderProgress(
  { files, bytes, bytesPerSecond, remainingSeconds }: ProgressState,
  bar: boolean,
): string {
  const share = bytes.total === 0 ? 1 : Math.min(1, Math.max(0, bytes.done / bytes.total));
  const filled = Math.round(share * BAR_CELLS);
  return [
    ...(bar ? [`[${'#'.repeat(filled)}${'.'.repeat(BAR_CELLS - filled)}]`] : []),
    `${Math.floor(share * 100)}%`,
    `${files.done}/${files.total} files`,
    `${formatBytes(bytes.done)} of ${formatBytes(bytes.total)}`,
    `${formatBytes(Math.round(bytesPerSecond))}/s`,
    ...(remainingSeconds === undefined ? [] : [`${formatDuration(remainingSeconds)} left`]),
  ].join('  ');
}

function formatDuration(seconds: number): string {
  const whole = Math.ceil(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (value: number) => String(value).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}
