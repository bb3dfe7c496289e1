import { renderBytes } from './present/bytes.ts';

/** How far one of several things is that happen at the same time. */
export interface TaskState {
  readonly phase: string;
  readonly done?: number;
  readonly total?: number;
  readonly unit?: 'bytes' | 'layers';
}

/** Where commands tell what they are doing. Nothing of it is part of a result. */
export interface Progress {
  /** What is going on right now; on a terminal it replaces the line before. */
  update(text: string): void;
  /** How far one image or file is; on a terminal each has one line. */
  task(name: string, state: TaskState): void;
  /** The task is over; its line stays with this text. */
  endTask(name: string, text: string): void;
  /** A line that stays. */
  note(text: string): void;
  /** Detail that only `--verbose` shows. */
  detail(text: string): void;
  /** Clears the live lines. */
  end(): void;
}

export interface ProgressOptions {
  readonly stream: { write(text: string): unknown; readonly columns?: number; readonly rows?: number };
  /** `live` on a terminal: lines overwrite each other. `json`: one object per line. */
  readonly form: 'live' | 'plain' | 'json';
  readonly verbose: boolean;
  readonly redact: (text: string) => string;
}

const DEFAULT_COLUMNS = 80;
const DEFAULT_ROWS = 24;
const CLEAR_LINE = '\r\u001b[2K';
const LINE_UP = '\u001b[1A';
/** Events of one phase under `--json`: one for each of so many parts of it. */
const STEPS_PER_PHASE = 10;

/** Progress that is changing lines on a terminal, plain lines without repetitions elsewhere, or JSON for programs. */
export function createProgress(options: ProgressOptions): Progress {
  if (options.form === 'live') return createLive(options);
  return options.form === 'json' ? createJson(options) : createPlain(options);
}

/** `uploading 12 kB of 30 kB`. */
export function renderTask({ phase, done, total, unit }: TaskState): string {
  if (done === undefined) return phase;
  const amount = (value: number) => (unit === 'bytes' ? renderBytes(value) : String(value));
  const ofTotal = total === undefined ? '' : ` of ${amount(total)}`;
  return `${phase} ${amount(done)}${ofTotal}${unit === 'layers' ? ' layers' : ''}`;
}

function createLive({ stream, verbose, redact }: ProgressOptions): Progress {
  const tasks = new Map<string, string>();
  let status = '';
  let shown: readonly string[] = [];
  const clear = () => {
    if (shown.length > 0) stream.write(CLEAR_LINE + (LINE_UP + CLEAR_LINE).repeat(shown.length - 1));
    shown = [];
  };
  const draw = () => {
    // A terminal that does not know its size says 0.
    const columns = stream.columns === 0 ? DEFAULT_COLUMNS : (stream.columns ?? DEFAULT_COLUMNS);
    const rows = stream.rows === 0 ? DEFAULT_ROWS : (stream.rows ?? DEFAULT_ROWS);
    const lines = [...tasks].map(([name, text]) => fitTask(redact(name), redact(text), columns));
    if (status !== '') lines.push(fit(redact(status), columns));
    const next = lines.slice(0, rows - 1);
    if (next.join('\n') === shown.join('\n')) return;
    clear();
    stream.write(next.join('\n'));
    shown = next;
  };
  const note = (text: string) => {
    clear();
    stream.write(`${redact(text)}\n`);
    draw();
  };
  return {
    update: (text) => {
      status = text;
      draw();
    },
    task: (name, state) => {
      tasks.set(name, renderTask(state));
      draw();
    },
    endTask: (name, text) => {
      tasks.delete(name);
      note(`${name}: ${text}`);
    },
    note,
    detail: (text) => {
      if (verbose) note(text);
    },
    end: () => {
      tasks.clear();
      status = '';
      clear();
    },
  };
}

function createPlain({ stream, verbose, redact }: ProgressOptions): Progress {
  let shown = '';
  const phases = new Map<string, string>();
  const note = (text: string) => void stream.write(`${redact(text)}\n`);
  return {
    update: (text) => {
      if (text !== shown) note(text);
      shown = text;
    },
    task: (name, { phase }) => {
      if (phases.get(name) !== phase) note(`${name}: ${phase}`);
      phases.set(name, phase);
    },
    endTask: (name, text) => note(`${name}: ${text}`),
    note,
    detail: (text) => {
      if (verbose) note(text);
    },
    end: () => undefined,
  };
}

function createJson({ stream, verbose, redact }: ProgressOptions): Progress {
  const steps = new Map<string, string>();
  const emit = (event: string, fields: object) =>
    void stream.write(`${redact(JSON.stringify({ event, ...fields }))}\n`);
  return {
    update: (text) => emit('status', { text }),
    task: (name, state) => {
      const { phase, done, total, unit } = state;
      const share = done === undefined || !total ? 0 : done / total;
      const step = `${phase} ${Math.floor(share * STEPS_PER_PHASE)}`;
      if (steps.get(name) !== step) emit('progress', { name, phase, done, total, unit });
      steps.set(name, step);
    },
    endTask: (name, text) => emit('done', { name, text }),
    note: (text) => emit('note', { text }),
    detail: (text) => {
      if (verbose) emit('detail', { text });
    },
    end: () => undefined,
  };
}

/** One terminal line of which the end of the name and the whole state are seen. */
function fitTask(name: string, text: string, columns: number): string {
  const room = Math.max(1, columns - text.length - 4);
  const shown = name.length <= room ? name : `…${name.slice(-room)}`;
  return fit(`${shown}: ${text}`, columns);
}

/** One terminal line: wider text would wrap and could not be cleared. */
function fit(text: string, columns: number): string {
  const flat = text.replaceAll(/\s+/g, ' ');
  return flat.length < columns ? flat : `${flat.slice(0, Math.max(1, columns - 2))}…`;
}
