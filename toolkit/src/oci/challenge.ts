/** One way a server wants to be authenticated against. Names are lower case. */
export interface Challenge {
  readonly scheme: string;
  readonly params: Readonly<Record<string, string>>;
}

const PART = /\s*(?:,\s*)*(?:([!#$%&'*+.^_`|~0-9A-Za-z-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+)))?)/y;

/**
 * Parses a WWW-Authenticate header, which may hold several challenges. Text that is none ends it.
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1
 */
export function parseChallenges(header: string): Challenge[] {
  const challenges: { scheme: string; params: Record<string, string> }[] = [];
  const part = new RegExp(PART);
  for (let match = part.exec(header); match !== null; match = part.exec(header)) {
    const [, word = '', quoted, plain] = match;
    const value = quoted?.replaceAll(/\\(.)/g, '$1') ?? plain;
    const last = challenges.at(-1);
    if (value === undefined) challenges.push({ scheme: word.toLowerCase(), params: {} });
    else if (last !== undefined && !Object.hasOwn(last.params, word.toLowerCase()))
      last.params[word.toLowerCase()] = value;
  }
  return challenges;
}
