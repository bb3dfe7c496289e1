import { renderGib } from './gib.ts';
import type { EstimateNumbers, EstimateParts, MemoryProblem } from './result.ts';

/** What does not fit, the most fundamental first. */
export function findMemoryProblems(numbers: EstimateNumbers, parts: EstimateParts): readonly MemoryProblem[] {
  return [
    headsProblem(parts),
    weightsProblem(numbers, parts) ?? contextProblem(numbers),
    graphsProblem(numbers, parts),
  ].filter((problem) => problem !== undefined);
}

function headsProblem({ request, settings }: EstimateParts): MemoryProblem | undefined {
  const { attentionHeads } = request.facts.shape;
  const { tensor } = settings.parallel;
  if (attentionHeads % tensor === 0) return undefined;
  const possible = [1, 2, 4, 8].filter((size) => attentionHeads % size === 0);
  return {
    code: 'heads',
    message: `${attentionHeads} attention heads cannot be shared out evenly among ${tensor} GPUs`,
    hint: `Use a tensor parallel size of ${possible.join(', ')}.`,
  };
}

function weightsProblem(numbers: EstimateNumbers, { request, settings }: EstimateParts): MemoryProblem | undefined {
  if (numbers.cacheBytes > 0) return undefined;
  const { weightBytes, budgetBytes, cacheBytes, vramBytes } = numbers;
  return {
    code: 'weights',
    message:
      `${renderGib(weightBytes)} of weights and ${renderGib(budgetBytes - cacheBytes - weightBytes)} for the engine ` +
      `itself do not fit into ${renderGib(budgetBytes)} (${settings.memoryShare} of ${renderGib(vramBytes)}) on each GPU`,
    hint: `Use more than ${request.gpuCount} GPU${request.gpuCount === 1 ? '' : 's'}, or a checkpoint with fewer bits per weight.`,
  };
}

function contextProblem(numbers: EstimateNumbers): MemoryProblem | undefined {
  const { contextTokens, sequenceBytes, cacheBytes, largestContextTokens } = numbers;
  if (sequenceBytes <= cacheBytes) return undefined;
  return {
    code: 'context',
    message:
      `one sequence of ${contextTokens} tokens needs ${renderGib(sequenceBytes)} of cache on each GPU, ` +
      `and ${renderGib(cacheBytes)} are left beside the weights`,
    hint: `Set max-model-len to at most ${largestContextTokens}, use more GPUs, or kv-cache-dtype: fp8.`,
  };
}

/** vLLM captures graphs, SGLang also computes, in the memory that it was told to leave alone. */
function graphsProblem({ overhead, vramBytes, budgetBytes }: EstimateNumbers, { settings }: EstimateParts) {
  const outside = overhead.graphBytes + (settings.engine === 'sglang' ? overhead.activationBytes : 0);
  if (outside <= vramBytes - budgetBytes) return undefined;
  const share = Math.floor((1 - outside / vramBytes) * 100) / 100;
  return {
    code: 'graphs',
    message: `${renderGib(outside)} for graphs and computing do not fit into the ${renderGib(vramBytes - budgetBytes)} that are left free on each GPU`,
    hint: `Set ${settings.engine === 'vllm' ? 'gpu-memory-utilization' : 'mem-fraction-static'} to at most ${Math.max(0, share)}.`,
  } as const;
}
