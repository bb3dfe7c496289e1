/** One line of Prometheus text: a number with its name and labels, which are in alphabetical order. */
export interface Series {
  readonly name: string;
  readonly labels: readonly (readonly [string, string])[];
  /** May be infinite or no number. */
  readonly value: number;
}

/** Names by which the same thing goes, newest first; vLLM's, then SGLang's. */
export const METRIC_NAMES = {
  running: ['vllm:num_requests_running', 'sglang:num_running_reqs'],
  waiting: ['vllm:num_requests_waiting', 'sglang:num_queue_reqs'],
  /** Share of the cache of keys and values that is in use, 0 to 1. */
  cacheUse: ['vllm:kv_cache_usage_perc', 'vllm:gpu_cache_usage_perc', 'sglang:token_usage'],
  promptTokens: ['vllm:prompt_tokens_total', 'sglang:prompt_tokens_total'],
  generationTokens: ['vllm:generation_tokens_total', 'sglang:generation_tokens_total'],
} as const;

const NAME = /^\s*([a-zA-Z_:][\w:]*)\s*/;
const LABEL = /\s*([a-zA-Z_]\w*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*(,?)/y;
const ESCAPED: Readonly<Record<string, string>> = { n: '\n' };

/** Reads one line of Prometheus text; undefined for blank lines, comments and anything that is no series. */
export function parseSeries(line: string): Series | undefined {
  const head = NAME.exec(line);
  const name = head?.[1];
  if (head === null || name === undefined) return undefined;
  let at = head[0].length;
  const labels: [string, string][] = [];
  if (line[at] === '{') {
    at += 1;
    for (LABEL.lastIndex = at; ;) {
      const match = LABEL.exec(line);
      if (match === null) break;
      const told = (match[2] ?? '').replace(/\\(.)/g, (_, char: string) => ESCAPED[char] ?? char);
      labels.push([match[1] ?? '', told]);
      at = LABEL.lastIndex;
      if (match[3] === '') break;
    }
    while (line[at] === ' ') at += 1;
    if (line[at] !== '}') return undefined;
    at += 1;
  }
  const value = parseValue(line.slice(at));
  if (value === undefined) return undefined;
  return { name, labels: labels.sort(([a], [b]) => (a < b ? -1 : 1)), value };
}

// A time may follow the value. Number() reads exponents; infinities are written in their own way.
function parseValue(rest: string): number | undefined {
  const [text = ''] = rest.trim().split(/\s+/, 1);
  if (/^[+-]?inf$/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  if (/^nan$/i.test(text)) return NaN;
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined;
}
