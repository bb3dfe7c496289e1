import { explainEstimate } from './figures.ts';
import { longestSequence, sequenceBytes, tokenBytesPerGpu } from './kv-cache.ts';
import { computeOverhead } from './overhead.ts';
import { findMemoryProblems } from './problems.ts';
import { onlineBits } from './quantization.ts';
import type { EstimateParts, MemoryEstimate, MemoryRequest } from './result.ts';
import { readServingSettings, type ServingSettings } from './settings.ts';
import { countParameters, formatForDtype, loadedBytes, totalParameters, weightBytesPerGpu } from './weights.ts';

/** Estimates the memory one GPU needs to serve a model with the given arguments, and what fits beside the weights. */
export function estimateMemory(request: MemoryRequest): MemoryEstimate {
  const { facts, vramBytes } = request;
  const { shape } = facts;
  const settings = readServingSettings(request.engine, request.engineArgs, request);
  const contextTokens = request.contextTokens ?? settings.maxModelTokens ?? shape.maxPositions ?? 0;
  const parts = resolveParts(request, settings, contextTokens);
  const overhead = computeOverhead(shape, settings, parts.cache.stepTokens);
  const weightBytes = Math.max(0, weightBytesPerGpu(facts, parts.format, settings.parallel) - settings.cpuOffloadBytes);
  const budgetBytes = vramBytes * settings.memoryShare;
  // SGLang's share covers weights and cache, vLLM's also the intermediate results.
  const inBudget = overhead.processBytes + (settings.engine === 'vllm' ? overhead.activationBytes : 0);
  const cacheBytes = budgetBytes - weightBytes - inBudget;
  const cacheBytesPerToken = tokenBytesPerGpu(shape, settings.parallel, parts.cache);
  const bytesFor = (tokens: number) => sequenceBytes(tokens, cacheBytesPerToken, parts.cache);
  const limit = Math.max(shape.maxPositions ?? 0, contextTokens);
  const known = {
    model: facts.id,
    parameters: totalParameters(countParameters(shape)),
    totalWeightBytes: Math.round(loadedBytes(shape, parts.format)),
    weightBytes: Math.round(weightBytes),
    overhead,
    vramBytes,
    budgetBytes: Math.floor(budgetBytes),
    cacheBytes: Math.floor(cacheBytes),
    cacheBytesPerToken,
    contextTokens,
    sequenceBytes: bytesFor(contextTokens),
    concurrentSequences: contextTokens === 0 ? 0 : Math.max(0, Math.floor(cacheBytes / bytesFor(contextTokens))),
    maxSequences: settings.maxSequences,
    largestContextTokens: cacheBytes <= 0 ? 0 : longestSequence(cacheBytes, limit, bytesFor),
  };
  const problems = findMemoryProblems(known, parts);
  return { ...known, fits: problems.length === 0, problems, figures: explainEstimate(known, parts) };
}

function resolveParts(request: MemoryRequest, settings: ServingSettings, contextTokens: number): EstimateParts {
  const { shape } = request.facts;
  const plain = formatForDtype(shape, settings.dtype);
  const online = settings.quantization === undefined ? undefined : onlineBits(settings.quantization);
  const quantized =
    plain.quantization || online === undefined
      ? plain.quantization
      : { method: settings.quantization ?? '', bitsPerWeight: online, covers: 'linear' as const };
  const stepTokens = settings.chunkedPrefill ? settings.stepTokens : Math.max(settings.stepTokens, contextTokens);
  return {
    request,
    settings,
    format: { ...plain, quantization: quantized },
    cache: {
      elementBytes: /^(?:fp8|int8)/.test(settings.cacheDtype) ? 1 : plain.plainBits / 8,
      blockTokens: settings.blockTokens,
      stepTokens,
      slidingBounded: settings.slidingBounded,
      window: shape.sliding?.window ?? 0,
    },
  };
}
