import { dump } from 'js-yaml';

/** What a chart's templates may ask for. */
export interface TemplateContext {
  readonly Values: unknown;
  readonly Release: Readonly<Record<string, string | number>>;
}

/** A term of an action: a path, a text in quotes, or a number. */
const TERM = String.raw`\.[A-Za-z.]+|"(?:[^"\\]|\\.)*"|\d+`;
const CALL = new RegExp(`^(?:([A-Za-z]+)(?: |$))?((?:${TERM})?)$`);
const ACTION = /\{\{(-?)((?:"(?:[^"\\]|\\.)*"|[^"])*?)(-?)\}\}/g;

/**
 * Renders the part of Go's templates and Helm's functions that the charts use; whatever else is met is an error. Paths
 * that lead nowhere are errors too, as with `helm template --strict`.
 */
export function renderGoTemplate(text: string, context: TemplateContext): string {
  let rendered = '';
  let from = 0;
  let trimNext = false;
  for (const match of text.matchAll(ACTION)) {
    const [whole, trimLeft, action = '', trimRight] = match;
    const literal = literalBetween(text.slice(from, match.index), trimNext, trimLeft === '-');
    if (/^[^ ]|[^ ]$/.test(action)) throw new Error(`an action needs blanks around it: ${whole}`);
    rendered += literal + evaluate(action.trim(), context);
    from = match.index + whole.length;
    trimNext = trimRight === '-';
  }
  const rest = literalBetween(text.slice(from), trimNext, false);
  if (rest.includes('{{')) throw new Error(`an action is not closed: ${rest}`);
  return rendered + rest;
}

function literalBetween(text: string, trimStart: boolean, trimEnd: boolean): string {
  const start = trimStart ? text.trimStart() : text;
  return trimEnd ? start.trimEnd() : start;
}

function evaluate(action: string, context: TemplateContext): string {
  const stages = action.split(' | ');
  const value = stages.reduce<{ readonly value: unknown } | undefined>((piped, stage) => {
    const [, name, term = ''] = CALL.exec(stage) ?? [];
    if (name === undefined && term === '') throw new Error(`this is no action that is known: ${action}`);
    const given = [...(term === '' ? [] : [resolve(term, context)]), ...(piped ? [piped.value] : [])];
    return { value: name === undefined ? given[0] : call(name, given) };
  }, undefined)?.value;
  if (typeof value !== 'string' && typeof value !== 'number') throw new Error(`${action} gives ${typeof value}`);
  return String(value);
}

function resolve(term: string, context: TemplateContext): unknown {
  if (!term.startsWith('.')) return JSON.parse(term) as unknown;
  return term
    .slice(1)
    .split('.')
    .reduce<unknown>((at, key) => {
      if (typeof at !== 'object' || at === null || !(key in at)) throw new Error(`${term} leads nowhere`);
      return (at as Record<string, unknown>)[key];
    }, context);
}

function call(name: string, given: readonly unknown[]): unknown {
  const [first, second] = given;
  if (name === 'quote' && given.length === 1) return JSON.stringify(String(first));
  if (name === 'toYaml' && given.length === 1) return dump(first, { lineWidth: -1 }).trimEnd();
  if (name === 'nindent' && typeof first === 'number' && typeof second === 'string')
    return `\n${second.replaceAll(/^/gm, ' '.repeat(first))}`;
  throw new Error(`${name} is no function that is known, or not with ${given.length} values`);
}
