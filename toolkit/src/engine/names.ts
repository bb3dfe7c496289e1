import type { EndpointFacts } from './endpoint.ts';

const LONGEST_NAME = 120;

/** `aim-engine-qwen-qwen3-32b-4gpu-bf16-vllm`, with `-2`, `-3`, … when that is taken. */
export function endpointName(
  facts: Pick<EndpointFacts, 'model' | 'precision' | 'backend'> & { readonly gpuCount: number },
  taken: ReadonlySet<string>,
): string {
  const { model, gpuCount, precision, backend } = facts;
  const slug = model
    .replace(/^[a-z0-9]+:\/\//, '')
    .toLowerCase()
    .replace(/[^a-z0-9_.]+/g, '-')
    .replace(/^[-_.]+|[-_.]+$/g, '')
    .slice(0, LONGEST_NAME);
  const name = `aim-engine-${slug}-${gpuCount}gpu-${precision}-${backend}`;
  for (let number = 2, free = name; ; free = `${name}-${number}`, number++) if (!taken.has(free)) return free;
}
