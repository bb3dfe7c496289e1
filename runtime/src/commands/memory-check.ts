import { estimateMemory, findModelFacts, loadModelFacts, type ModelFacts } from '../estimate/index.ts';
import { mergeArgs } from '../engine/index.ts';
import { findModelVram } from '../gpu/index.ts';
import { messageOf } from '../system/errors.ts';
import type { CommandContext } from './context.ts';
import type { StartPlan } from './start-plan.ts';

/**
 * Warns, with numbers, when the engine is about to be started with arguments for which the GPUs have too little memory.
 * Says nothing about a model whose dimensions are not known. An estimate never keeps an engine from starting.
 */
export function warnAboutMemory(plan: StartPlan, { log }: Pick<CommandContext, 'log'>): void {
  const facts = findFacts(plan, log);
  const vram = findVram(plan);
  if (!facts || !vram) return;
  const { profile } = plan.selected;
  const { engine, gpuCount } = profile.metadata;
  const { problems, contextTokens, concurrentSequences, weightBytes } = estimateMemory({
    facts,
    engine,
    engineArgs: mergeArgs(profile.engineArgs, plan.preparation.config.engineArgs).args,
    gpuCount,
    vramBytes: vram.bytes,
    vramSource: vram.source,
  });
  log.debug('memory estimate', {
    model: facts.id,
    source: facts.source,
    weightBytes,
    contextTokens,
    concurrentSequences,
  });
  for (const { message, hint } of problems) {
    log.warn(`the engine will probably not start: ${message}`, { hint, source: facts.source, vram: vram.source });
  }
}

function findFacts({ source, cached }: StartPlan, log: CommandContext['log']): ModelFacts | undefined {
  if (!cached) return findModelFacts(source.name);
  try {
    return loadModelFacts(source.name, cached.path);
  } catch (error) {
    log.debug(`memory is not estimated: ${messageOf(error)}`);
    return findModelFacts(source.name);
  }
}

/** The smallest measured memory among the GPUs the profile runs on, else what the model of GPU has. */
function findVram({ selected, preparation }: StartPlan): { bytes: number; source: string } | undefined {
  const model = selected.target?.gpu ?? selected.profile.metadata.gpu;
  const measured = preparation.hardware.gpus
    .filter((gpu) => gpu.model === model)
    .flatMap(({ vramTotalBytes }) => (vramTotalBytes === undefined ? [] : [vramTotalBytes]));
  if (measured.length > 0)
    return { bytes: Math.min(...measured), source: `detected by ${preparation.hardware.source}` };
  const bytes = findModelVram(model);
  return bytes === undefined ? undefined : { bytes, source: `usual memory of ${model}` };
}
