import { estimateMemory, findModelFacts } from 'aim-runtime/estimate';
import { findModelVram } from 'aim-runtime/gpu';
import type { Profile } from 'aim-runtime/profile';

/** What does not fit into the GPUs' memory, for models whose dimensions this program knows. */
export function memoryNotes({ modelId, metadata, engineArgs }: Profile): string[] {
  const facts = modelId === undefined ? undefined : findModelFacts(modelId);
  const vramBytes = findModelVram(metadata.gpu);
  if (!facts || vramBytes === undefined) return [];
  const { engine, gpuCount, gpu } = metadata;
  const { problems } = estimateMemory({ facts, engine, engineArgs, gpuCount, vramBytes, vramSource: gpu });
  return problems.map(({ message, hint }) => `${message}. ${hint}`);
}
