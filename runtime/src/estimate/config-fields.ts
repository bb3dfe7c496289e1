/** Content of a `config.json` or of an object in it. */
export type Config = Readonly<Record<string, unknown>>;

/** A JSON object, or undefined. */
export function asConfig(value: unknown): Config | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Config) : undefined;
}

/** The first of several spellings of one key that holds a positive number. */
export function firstNumber(config: Config, names: readonly string[]): number | undefined {
  return names.map((name) => config[name]).find((value): value is number => typeof value === 'number' && value > 0);
}

/** A text that is not empty, or undefined. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
