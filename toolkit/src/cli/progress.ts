/** Where commands tell what they are doing. Nothing of it is part of a result. */
export interface Progress {
  /** What is going on right now; on a terminal it replaces the line before. */
  update(text: string): void;
  /** A line that stays. */
  note(text: string): void;
  /** Detail that only `--verbose` shows. */
  detail(text: string): void;
  /** Clears the live line. */
  end(): void;
}

export interface ProgressOptions {
  readonly stream: { write(text: string): unknown; readonly columns?: number };
  /** True on a terminal: updates overwrite each other. */
  readonly live: boolean;
  readonly verbose: boolean;
  readonly redact: (text: string) => string;
}

const DEFAULT_COLUMNS = 80;
const CLEAR_LINE = '\r\u001b[2K';

/** Progress that is one changing line on a terminal and plain lines, without repetitions, elsewhere. */
export function createProgress({ stream, live, verbose, redact }: ProgressOptions): Progress {
  let shown = '';
  const clear = () => {
    if (live && shown !== '') stream.write(CLEAR_LINE);
  };
  const line = (text: string) => {
    clear();
    stream.write(`${redact(text)}\n`);
    if (live && shown !== '') stream.write(shown);
  };
  return {
    update: (text) => {
      const clean = redact(text);
      if (!live) {
        if (clean !== shown) stream.write(`${clean}\n`);
        shown = clean;
        return;
      }
      clear();
      shown = fit(clean, stream.columns ?? DEFAULT_COLUMNS);
      stream.write(shown);
    },
    note: line,
    detail: (text) => {
      if (verbose) line(text);
    },
    end: () => {
      clear();
      shown = '';
    },
  };
}

/** One terminal line: wider text would wrap and could not be cleared. */
function fit(text: string, columns: number): string {
  const flat = text.replaceAll(/\s+/g, ' ');
  return flat.length < columns ? flat : `${flat.slice(0, Math.max(1, columns - 2))}…`;
}
