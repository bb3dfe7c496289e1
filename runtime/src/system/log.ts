/** Severities as seed configuration names them, lowest first. */
export const LOG_LEVELS = ['DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
export type LogFormat = 'text' | 'json';
export type LogFields = Readonly<Record<string, unknown>>;

/** Where a module reports what it decided. Nothing a log prints is part of the result. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

export interface LogOptions {
  readonly level: LogLevel;
  readonly format: LogFormat;
  /** Logger name shown in each line, for example `aim_runtime`. */
  readonly name: string;
  readonly write: (line: string) => void;
  readonly now: () => Date;
  /** Removes secrets from a finished line's message and fields. */
  readonly redact: (text: string) => string;
}

/**
 * Log that writes one line per event: `2026-01-02T03:04:05.678Z INFO aim_runtime: message key=value`
 * or one JSON object with `time`, `level`, `logger`, `message` and the fields.
 */
export function createLog(options: LogOptions): Log {
  const threshold = LOG_LEVELS.indexOf(options.level);
  const at =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}) => {
      if (LOG_LEVELS.indexOf(level) < threshold) return;
      options.write(`${options.redact(render(options, { level, message, fields }))}\n`);
    };
  return { debug: at('DEBUG'), info: at('INFO'), warn: at('WARNING'), error: at('ERROR') };
}

interface Event {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: LogFields;
}

function render(options: LogOptions, { level, message, fields }: Event): string {
  const time = options.now().toISOString();
  if (options.format === 'json') return JSON.stringify({ time, level, logger: options.name, message, ...fields });
  const rest = Object.entries(fields).map(
    ([key, value]) => ` ${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  return `${time} ${level} ${options.name}: ${message}${rest.join('')}`;
}
