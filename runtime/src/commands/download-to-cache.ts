import { loadConfig } from '../config.ts';
import type { RuntimeErrorCode } from '../exit-codes.ts';
import { findCachedModel } from '../model/index.ts';
import { AimError } from '../system/errors.ts';
import { parseArguments, usage } from './arguments.ts';
import type { Command, CommandContext } from './context.ts';
import { prepare, requireSelected } from './prepare.ts';

/** Puts a model into the cache before it is served. A model that is whole already is left as it is. */
export const downloadToCache: Command = {
  name: 'download-to-cache',
  summary: 'put the model into the cache before it is served',
  usage: 'aim-runtime download-to-cache [--model-id URI] [--model-name NAME] [--use-hf-cache]',
  run: async (args, context) => {
    const { flags } = parseArguments(args, {
      'model-id': { type: 'string' },
      'model-name': { type: 'string' },
      'custom-model-name': { type: 'string' },
      'use-hf-cache': { type: 'boolean' },
    });
    const given = flags['model-id'];
    if (given === '') throw usage('--model-id is empty', 'Name a model, for example --model-id hf://org/model.');
    const { modelId, cachePath } =
      typeof given === 'string' ? await explicitModel(given, context) : await selectedModel(context);
    const cached = findCachedModel(cachePath, modelId);
    if (cached) {
      context.print(`${cached.path}\n`);
      return;
    }
    throw new AimError<RuntimeErrorCode>('cache', {
      message: `${modelId} is not in ${cachePath}, and this version cannot download it yet`,
      hint: `Put the model's files into the cache by hand, for example with huggingface-cli download ${modelId}.`,
    });
  },
};

interface Wanted {
  readonly modelId: string;
  readonly cachePath: string;
}

async function explicitModel(modelId: string, { env }: CommandContext): Promise<Wanted> {
  return { modelId, cachePath: (await loadConfig(env, 'nothing')).cachePath };
}

async function selectedModel(context: CommandContext): Promise<Wanted> {
  const preparation = await prepare(context, 'model');
  const { profile } = requireSelected(preparation, context);
  const { config } = preparation;
  return { modelId: profile.modelId ?? config.modelId ?? config.aimId ?? '', cachePath: config.cachePath };
}
