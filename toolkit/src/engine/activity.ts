/** What an engine is doing before it is ready. */
export interface Activity {
  readonly stage: 'download' | 'load' | 'compile' | 'memory' | 'graphs' | 'listening' | 'start';
  /** For a person, without the percentage. */
  readonly text: string;
  /** 0 to 100, where the log says it. */
  readonly percent: number | undefined;
}

interface Sign {
  readonly pattern: RegExp;
  readonly stage: Activity['stage'];
  readonly text: string;
}

/**
 * Lines by which vLLM, SGLang, the hub client and aim-runtime tell what they are doing. The first that fits counts;
 * its first group is a percentage.
 */
const SIGNS: readonly Sign[] = [
  {
    pattern: /(?:Loading safetensors|Loading pt|Multi-thread loading|Loading .*checkpoint).*?(\d+)% ?/i,
    stage: 'load',
    text: 'loading weights',
  },
  { pattern: /Captur(?:e|ing).*?graphs?.*?(\d+)%/i, stage: 'graphs', text: 'capturing graphs' },
  {
    pattern: /(?:Fetching \d+ files|Download\w*.*?|\.(?:safetensors|bin|gguf|json|model)): +(\d+)%/i,
    stage: 'download',
    text: 'downloading the model',
  },
  { pattern: /\bdownload\w*\b.*?(\d+(?:\.\d+)?) ?%/i, stage: 'download', text: 'downloading the model' },
  { pattern: /Application startup complete|The server is fired up/i, stage: 'listening', text: 'listening' },
  { pattern: /Captur(?:e|ing) .*graph|Graph capturing/i, stage: 'graphs', text: 'capturing graphs' },
  {
    pattern: /KV cache|Profiling memory|Memory profiling|max_total_num_tokens/i,
    stage: 'memory',
    text: 'reserving the cache',
  },
  {
    pattern: /torch\.compile|Dynamo bytecode|Compiling a graph|Inductor|AITER.*(?:build|compil)/i,
    stage: 'compile',
    text: 'compiling kernels',
  },
  {
    pattern: /Loading model weights|Starting to load model|Load weight begin|Loading weights/i,
    stage: 'load',
    text: 'loading weights',
  },
  { pattern: /Time spent downloading|\bdownloading\b/i, stage: 'download', text: 'downloading the model' },
  {
    pattern: /selected profile|API server version|Initializing an? .*engine|server_args=/i,
    stage: 'start',
    text: 'starting the engine',
  },
];

/** What a line of an engine's log says it is doing; undefined for lines that say nothing of it. */
export function parseActivity(line: string): Activity | undefined {
  for (const { pattern, stage, text } of SIGNS) {
    const match = pattern.exec(line);
    if (!match) continue;
    const percent = match[1] === undefined ? undefined : Math.min(100, Number(match[1]));
    return { stage, text, percent };
  }
  return undefined;
}

/** `loading weights 25 %`. */
export function describeActivity({ text, percent }: Activity): string {
  return percent === undefined ? text : `${text} ${Math.floor(percent)} %`;
}
