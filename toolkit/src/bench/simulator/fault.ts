import type { Random } from '../load/random.ts';

/** What the simulated server can do wrong; most are named after the outcome a client should see. */
export const FAULT_KINDS = [
  'error_frame',
  'eof_without_done',
  /** The connection is closed in the middle of the stream, without the end of the chunked body. */
  'truncated',
  'wrong_token_count',
  'no_tokens',
  'malformed_frame',
  'http_4xx',
  'http_5xx',
  /** The stream begins and never goes on. */
  'hang',
  'connection_reset',
] as const;

export type FaultKind = (typeof FAULT_KINDS)[number];

/** A share of all requests, or certain ones, counted from 0 over all generation requests. */
export type FaultRule =
  | { readonly kind: FaultKind; readonly rate: number }
  | { readonly kind: FaultKind; readonly indices: readonly number[] };

export const FAULT_FORM = 'KIND:RATE or KIND@INDEX,INDEX…';

/** Reads one rule, such as `hang:0.01` or `http_5xx@0,17`; undefined for anything else. */
export function parseFault(text: string): FaultRule | undefined {
  const [, name, sign, rest = ''] = /^([a-z0-9_]+)([:@])(.+)$/.exec(text) ?? [];
  const kind = FAULT_KINDS.find((each) => each === name);
  if (kind === undefined) return undefined;
  if (sign === ':') {
    const rate = /^\d*\.?\d+$/.test(rest) ? Number(rest) : NaN;
    return rate >= 0 && rate <= 1 ? { kind, rate } : undefined;
  }
  const indices = rest.split(',').map((index) => (/^\d+$/.test(index) ? Number(index) : NaN));
  return indices.every(Number.isSafeInteger) ? { kind, indices } : undefined;
}

/** What goes wrong with this request. Indices win; rates share one draw, so their sum is the share of faulty requests. */
export function selectFault(rules: readonly FaultRule[], index: number, random: Random): FaultKind | undefined {
  const drawn = random.next();
  let reached = 0;
  let byRate: FaultKind | undefined;
  for (const rule of rules) {
    if ('indices' in rule) {
      if (rule.indices.includes(index)) return rule.kind;
      continue;
    }
    reached += rule.rate;
    if (drawn < reached) byRate ??= rule.kind;
  }
  return byRate;
}
