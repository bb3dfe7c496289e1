/** A word or a sign with the space before it is one token. */
const PIECE = /\s*(?:[\p{L}\p{N}_]+|[^\p{L}\p{N}_\s])|\s+$/gu;
const FIRST_WORD = 1_000_000;
const NAMED = /^ <(\d+)>$/;

/** Tokens of this server; both ways are exact: a text comes back as it was, and so do token ids. */
export class Tokenizer {
  readonly #ids = new Map<string, number>();
  readonly #pieces: string[] = [];

  /** Ids of a text. Words get theirs when they are first seen. */
  encode(text: string): number[] {
    return (text.match(/ <\d+>|(?:(?! <\d+>)[^])+/g) ?? []).flatMap((part) => {
      const id = Number(NAMED.exec(part)?.[1] ?? NaN);
      if (id < FIRST_WORD) return [id];
      return (part.match(PIECE) ?? []).map((piece) => this.#idOf(piece));
    });
  }

  /** Text of the ids; ids that are no word seen before are written as ` <17>`. */
  decode(ids: readonly number[]): string {
    return ids.map((id) => this.#pieces[id - FIRST_WORD] ?? ` <${id}>`).join('');
  }

  #idOf(piece: string): number {
    const known = this.#ids.get(piece);
    if (known !== undefined) return known;
    const id = FIRST_WORD + this.#pieces.push(piece) - 1;
    this.#ids.set(piece, id);
    return id;
  }
}
