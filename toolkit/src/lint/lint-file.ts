import { readFileSync } from 'node:fs';
import { parseJson } from 'aim-runtime/engine';
import {
  createPlainYamlReader,
  createYamlIndex,
  parseYaml,
  type ProfileProblem,
  type TextPosition,
  type YamlIndex,
} from 'aim-runtime/profile';
import { messageOf } from 'aim-runtime/system';
import type { Classified } from './file-kinds.ts';
import type { Problem } from './finding.ts';
import { createProfileView, type ProfileView } from './profile-view.ts';

/** Largest file that is read: a profile has about a kilobyte, a schema of engine arguments 200. In UTF-16 units. */
const MOST_LENGTH = 2 ** 20;
/** Readers of JSON call themselves for every level. */
const MOST_NESTED = 500;
const START: TextPosition = { line: 1, column: 1 };

/** A file with everything that rules ask of it. */
export interface LintFile extends Classified {
  /** Absolute path. */
  readonly path: string;
  /** Path in findings. */
  readonly shown: string;
  readonly text: string;
  /** The document; undefined when it could not be read, which `problems` then explains. */
  readonly value: unknown;
  readonly problems: readonly ProfileProblem[];
  /** False when it is known that no mapping has a key twice. */
  readonly mayRepeatKeys: boolean;
  /** The value as a profile, when it is a mapping of a profile's kind. */
  readonly profile: ProfileView | undefined;
  /** Where things are written; made when first asked for. */
  index(): YamlIndex | undefined;
}

/** Text of a file, or why there is none. */
export type FileText = { readonly text: string } | { readonly problem: string };

/** What a LintFile is made of. */
export interface FileParts extends Classified {
  readonly path: string;
  readonly shown: string;
  readonly content: FileText;
}

/** Reads texts as documents; one reader should serve a whole run, because it remembers the lines it has seen. */
export function createFileReader(): (parts: FileParts) => LintFile {
  const readPlain = createPlainYamlReader();
  return ({ content, ...parts }) => {
    const readAny = parts.kind === 'schema' ? readJson : (text: string) => readValue(text, readPlain);
    const text = 'text' in content ? content.text : '';
    const { value, problems, mayRepeatKeys } = 'text' in content ? readAny(text) : failed(content.problem);
    let index: YamlIndex | undefined | null = null;
    return {
      ...parts,
      text,
      value,
      problems,
      mayRepeatKeys,
      profile: parts.kind === 'profile' ? createProfileView(value) : undefined,
      index: () => (index === null ? (index = createYamlIndex(text)) : index),
    };
  };
}

type Reading = Pick<LintFile, 'value' | 'problems' | 'mayRepeatKeys'>;

function readValue(text: string, readPlain: (text: string) => unknown): Reading {
  const plain = readPlain(text);
  if (plain !== undefined) return { value: plain, problems: [], mayRepeatKeys: false };
  const yaml = parseYaml(text);
  if (!yaml.ok) return { value: undefined, problems: [yaml.problem], mayRepeatKeys: false };
  return { value: yaml.value, problems: [], mayRepeatKeys: yaml.warnings.length > 0 };
}

/** JSON is read as JSON: as YAML its size would be held against it. */
function readJson(text: string): Reading {
  const nested = deepestNesting(text);
  if (nested > MOST_NESTED) return failed(`is nested ${nested} deep; at most ${MOST_NESTED} are read`);
  const json = parseJson(text);
  if (json.ok) return { value: json.value, problems: [], mayRepeatKeys: true };
  const { expected, line, column } = json;
  const problem = { message: `is no JSON: expected ${expected}`, line, column };
  return { value: undefined, problems: [problem], mayRepeatKeys: false };
}

/** An upper bound, because brackets inside of strings count too. */
function deepestNesting(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (const [bracket] of text.matchAll(/[[\]{}]/g)) {
    depth += bracket === '[' || bracket === '{' ? 1 : -1;
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}

function failed(message: string): Reading {
  return { value: undefined, problems: [{ message, ...START }], mayRepeatKeys: false };
}

/** Reads a file as UTF-8 text. */
export function loadText(path: string): FileText {
  try {
    const text = readFileSync(path, 'utf8');
    if (text.length > MOST_LENGTH) return { problem: `has ${text.length} characters; at most ${MOST_LENGTH} are read` };
    return text.includes('\uFFFD') ? { problem: 'is not UTF-8 text' } : { text };
  } catch (error) {
    return { problem: `cannot be read: ${messageOf(error)}` };
  }
}

/** Where a problem is: the key or value it names, else the nearest thing around it that is written in the file. */
export function placeOf(file: LintFile, { at, part }: Problem): TextPosition {
  if ('line' in at) return at;
  const index = file.index();
  for (let length = at.length; length > 0; length--) {
    const position = index?.locate(at.slice(0, length), length === at.length ? part : 'key');
    if (position) return position;
  }
  return START;
}
