const LONGEST_LINE = 2_000;

/** The last lines of a stream of text, however it is cut into pieces. */
export class LineTail {
  readonly #most: number;
  #lines: string[] = [];
  #open = '';

  constructor(most: number) {
    this.#most = most;
  }

  add(text: string): void {
    const parts = (this.#open + text).split(/\r\n|\n|\r/);
    this.#open = (parts.pop() ?? '').slice(-LONGEST_LINE);
    const whole = parts.filter((line) => line.trim() !== '').map((line) => line.slice(0, LONGEST_LINE));
    this.#lines = [...this.#lines, ...whole].slice(-this.#most);
  }

  /** Oldest first; a line without its end counts. */
  lines(): string[] {
    return this.#open.trim() === '' ? [...this.#lines] : [...this.#lines, this.#open].slice(-this.#most);
  }
}
