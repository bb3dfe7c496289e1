/** A document of the plain subset: scalars, and mappings of scalars one level down. */
export type PlainDocument = Record<string, unknown>;

interface Entry {
  readonly indent: number;
  readonly key: string;
  /** The scalar's value; {@link OPEN} when nothing follows the colon. */
  readonly value: unknown;
}

const OPEN = Symbol('value on the following lines, or null');
const LINE = /^( *)([A-Za-z_][A-Za-z0-9_-]*):(?: +(\S.*?))? *$/;
const IGNORED = /^ *(?:#.*)?$/;
const INTEGER = /^(?:0|-?[1-9][0-9]{0,14})$/;
const FLOAT = /^-?(?:0|[1-9][0-9]{0,8})\.[0-9]{1,9}$/;
const WORD = /^[A-Za-z_/][A-Za-z0-9_./+@-]*$/;
const QUOTED = /^(?:'[ -&(-~]*'|"[ !#-[\]-~]*")$/;
const KEYWORD = /^(?:true|false|null)$/i;

/**
 * Reads the YAML that profiles are written in (block mappings of plain or quoted scalars) without the full
 * parser, which costs some ten times as much; thousands of profiles may lie in the searched folders.
 * Returns undefined for everything outside that subset: the caller then asks the full parser, so this
 * function never decides that a text is wrong. What it accepts it reads exactly as the full parser does.
 */
export function createPlainYamlReader(): (text: string) => PlainDocument | undefined {
  // Profiles repeat their lines, so each distinct line is taken apart once per reader.
  const known = new Map<string, Entry | 'ignored' | undefined>();
  const entryOf = (line: string): Entry | 'ignored' | undefined => {
    if (known.has(line)) return known.get(line);
    const entry = IGNORED.test(line) ? 'ignored' : parseLine(line);
    known.set(line, entry);
    return entry;
  };
  return (text) => readDocument(text, entryOf);
}

function readDocument(
  text: string,
  entryOf: (line: string) => Entry | 'ignored' | undefined,
): PlainDocument | undefined {
  const document: PlainDocument = {};
  let block: PlainDocument | undefined;
  let blockKey = '';
  let blockIndent = 0;
  for (const line of text.split('\n')) {
    const entry = entryOf(line);
    if (entry === 'ignored') continue;
    if (entry === undefined) return undefined;
    const { indent, key } = entry;
    const value = entry.value === OPEN ? null : entry.value;
    if (indent === 0) {
      if (key in document) return undefined;
      document[key] = value;
      block = entry.value === OPEN ? {} : undefined;
      blockKey = key;
      blockIndent = 0;
      continue;
    }
    if (!block || (blockIndent !== 0 && blockIndent !== indent) || key in block) return undefined;
    blockIndent = indent;
    document[blockKey] = block;
    block[key] = value;
  }
  return Object.keys(document).length === 0 ? undefined : document;
}

function parseLine(line: string): Entry | undefined {
  const match = LINE.exec(line);
  const [, indent = '', key = '', scalar] = match ?? [];
  if (!match || KEYWORD.test(key) || key in Object.prototype) return undefined;
  if (scalar === undefined) return { indent: indent.length, key, value: OPEN };
  const value = parseScalar(scalar);
  return value === undefined ? undefined : { indent: indent.length, key, value };
}

function parseScalar(text: string): unknown {
  if (INTEGER.test(text) || FLOAT.test(text)) return Number(text);
  if (QUOTED.test(text)) return text.slice(1, -1);
  if (KEYWORD.test(text)) return text === 'true' ? true : text === 'false' ? false : text === 'null' ? null : undefined;
  return WORD.test(text) ? text : undefined;
}
