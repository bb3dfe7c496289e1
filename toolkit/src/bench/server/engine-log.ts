/** What an engine's log says about itself; null or missing where it says nothing. */
export interface EngineFacts {
  readonly engine: 'vllm' | 'sglang' | null;
  readonly version: string | null;
  /** Chosen implementations by what they do: `attention`, `moe`, `linear`; several are joined by a comma. */
  readonly backends: Readonly<Record<string, string>>;
  /** Tokens that fit into the cache of keys and values, all engines of the server together. */
  readonly kvCacheTokens: number | null;
}

interface Rule {
  readonly part: string;
  readonly pattern: RegExp;
}

/** vLLM's own wordings, from 0.6 to 0.30, and SGLang's. The first rule that fits a line decides. */
const BACKEND_RULES: readonly Rule[] = [
  { part: 'encoder attention', pattern: /Using (?:AttentionBackendEnum\.)?(\w+) for MMEncoderAttention/ },
  { part: 'moe', pattern: /Using '?(\w[\w ]*?)'? \w+ MoE backend/ },
  { part: 'moe', pattern: /\[mxfp4\.py:\d+\] Using (\w[\w ]*?) backend/ },
  { part: 'linear', pattern: /Selected (\w+) for \w*LinearMethod/ },
  { part: 'attention', pattern: /Using AttentionBackendEnum\.(\w+) backend/ },
  { part: 'attention', pattern: /Using (\w+)(?: attention)? backend out of potential backends/ },
  { part: 'attention', pattern: /Using (\w[\w ]*?) backend on V[01] engine/ },
  { part: 'attention', pattern: /\[(?:rocm|cuda|selector)\.py:\d+\] Using (\w[\w ]*?) backend/ },
  { part: 'attention', pattern: /\battention_backend='(\w+)'/ },
];

const VERSIONS: readonly { readonly engine: 'vllm' | 'sglang'; readonly pattern: RegExp }[] = [
  { engine: 'vllm', pattern: /vLLM API server version ([\w.+-]*\w)/ },
  { engine: 'vllm', pattern: /Initializing an? (?:V[01] )?LLM engine \(v([\w.+-]+)\)/ },
  { engine: 'sglang', pattern: /sglang(?:\.__version__|==| version)\s*[=:]?\s*v?(\d[\w.+-]*)/i },
];

const KV_SIZE = /GPU KV cache size: ([\d,]+) tokens/;
const SGLANG_KV_SIZE = /max_total_num_tokens=(\d+)/;
/** Engines of one server name themselves before each line. */
const ENGINE_TAG = /\((EngineCore\w*)[^)]*\)|\bDP(\d+)\b/;

/** Reads the log of an engine, as a container's log gives it. */
export function parseEngineLog(text: string): EngineFacts {
  const backends = new Map<string, Set<string>>();
  const sizes = new Map<string, number>();
  let found: { engine: 'vllm' | 'sglang'; version: string } | undefined;
  let sglang = false;
  for (const line of text.split('\n')) {
    found ??= parseVersion(line);
    sglang ||= line.includes('ServerArgs(');
    const backend = parseBackend(line);
    if (backend !== undefined) backends.set(backend.part, (backends.get(backend.part) ?? new Set()).add(backend.name));
    const size = KV_SIZE.exec(line)?.[1] ?? SGLANG_KV_SIZE.exec(line)?.[1];
    if (size !== undefined) sizes.set(ENGINE_TAG.exec(line)?.[0] ?? '', Number(size.replaceAll(',', '')));
  }
  return {
    engine: found?.engine ?? (sglang ? 'sglang' : null),
    version: found?.version ?? null,
    backends: Object.fromEntries([...backends].map(([part, names]) => [part, [...names].join(', ')])),
    kvCacheTokens: sizes.size === 0 ? null : [...sizes.values()].reduce((sum, size) => sum + size, 0),
  };
}

function parseVersion(line: string): { engine: 'vllm' | 'sglang'; version: string } | undefined {
  for (const { engine, pattern } of VERSIONS) {
    const version = pattern.exec(line)?.[1];
    if (version !== undefined) return { engine, version };
  }
  return undefined;
}

function parseBackend(line: string): { part: string; name: string } | undefined {
  for (const { part, pattern } of BACKEND_RULES) {
    const name = pattern.exec(line)?.[1];
    if (name !== undefined) return { part, name };
  }
  return undefined;
}
