import { DEFAULT_OPTIONS, type SimulatorOptions } from '../../src/bench/simulator/options.ts';
import { startSimulator, type RunningSimulator } from '../../src/bench/simulator/start.ts';

const FAST = { ttft: { kind: 'constant', ms: 5 }, itl: { kind: 'constant', ms: 1 } } as const;
const STREAM = {
  ignore_eos: true,
  stream: true,
  stream_options: { include_usage: true, continuous_usage_stats: true },
};

/** A frame's JSON. */
export interface Chunk {
  readonly choices: { text?: string; delta?: { role?: string; content?: string }; finish_reason: string | null }[];
  readonly usage?: { prompt_tokens: number; completion_tokens: number; total_tokens: number };
  readonly error?: { code: number };
}

/** A simulator that runs in the test, with ways to ask it. */
export interface TestSimulator extends RunningSimulator {
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>;
  json(path: string, body?: unknown): Promise<{ status: number; body: never }>;
  /** The data of each event of a stream; `broken` when the connection broke off. */
  events(path: string, body: unknown, requestId?: string): Promise<{ data: string[]; broken: boolean }>;
}

/** Starts one that answers within milliseconds. */
export async function startTestSimulator(options: Partial<SimulatorOptions> = {}): Promise<TestSimulator> {
  const simulator = await startSimulator({ ...DEFAULT_OPTIONS, ...FAST, ...options });
  const post: TestSimulator['post'] = (path, body, headers = {}) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    return fetch(simulator.url + path, { method: 'POST', headers, body: text });
  };
  return {
    ...simulator,
    post,
    json: async (path, body) => {
      const response = await (body === undefined ? fetch(simulator.url + path) : post(path, body));
      return { status: response.status, body: (await response.json()) as never };
    },
    events: async (path, body, requestId = 'r') => {
      const response = await post(path, body, { 'x-request-id': requestId });
      const decoder = new TextDecoder();
      let text = '';
      let broken = false;
      try {
        for await (const part of response.body!) text += decoder.decode(part as Uint8Array, { stream: true });
      } catch {
        broken = true;
      }
      const data = text.split('\n\n').filter((event) => event !== '');
      return { data: data.map((event) => event.replace(/^data: /, '')), broken };
    },
  };
}

/** Body of a streamed completion of exactly so many tokens. */
export function completion(tokens: number, more: object = {}): object {
  return { prompt: [1, 2, 3], max_tokens: tokens, ...STREAM, ...more };
}

export function parseChunks(data: readonly string[]): Chunk[] {
  return data.filter((each) => each !== '[DONE]').map((each) => JSON.parse(each) as Chunk);
}

export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
