import { loadConfig, type RuntimeConfig } from '../config.ts';
import type { RuntimeErrorCode } from '../exit-codes.ts';
import { findCachedModel, parseModelSource, type ModelSource } from '../model/index.ts';
import type { ModelRequest } from '../model/obtain.ts';
import { AimError } from '../system/errors.ts';
import { parseArguments, usage, type FlagSpec, type ParsedArguments } from './arguments.ts';
import type { Command, CommandContext } from './context.ts';
import { obtain } from './obtain.ts';
import { prepare, requireSelected } from './prepare.ts';

const FLAGS = {
  'model-id': { type: 'string' },
  'model-name': { type: 'string' },
  'custom-model-name': { type: 'string' },
  'use-hf-cache': { type: 'boolean' },
  revision: { type: 'string' },
  include: { type: 'list' },
  exclude: { type: 'list' },
  verify: { type: 'boolean' },
} as const satisfies Record<string, FlagSpec>;

const HELP = `
Options:
  --model-id URI      org/model[@revision], hf://org/model[@revision], s3://bucket/prefix or a path;
                      without it the selected profile decides, which may want a quantised variant
  --model-name NAME   folder below the cache instead of org/model (--custom-model-name is the same)
  --use-hf-cache      into {cache}/hub/models--org--model, as the hub's own tools do
  --revision NAME     branch, tag or commit of a hub model; main without it
  --include PATTERN   only files that match; several times for several patterns
  --exclude PATTERN   none of the files that match, besides second copies of the weights
  --verify            hash every file again, and fail when one is damaged

Environment: HF_TOKEN, HF_ENDPOINT, HF_HUB_OFFLINE, AWS_*, AWS_ENDPOINT_URL, AIM_CACHE_PATH, AIM_LOG_FORMAT=json.

Examples:
  aim-runtime download-to-cache
  aim-runtime download-to-cache --model-id hf://mistralai/Mistral-7B-v0.1
  aim-runtime download-to-cache --model-id s3://bucket/path/to/model --model-name custom-org/my-model
`;

/** Puts a model into the cache before it is served. A model that is whole already is left as it is. */
export const downloadToCache: Command = {
  name: 'download-to-cache',
  summary: 'put the model into the cache before it is served',
  usage: 'aim-runtime download-to-cache [--model-id URI] [--model-name NAME] [--use-hf-cache] [OPTIONS]',
  help: HELP,
  run: async (args, context) => {
    const request = await readRequest(parseArguments(args, FLAGS), context);
    const path = await obtain(request.model, context);
    if (request.verify) await verify(request.model, path, context);
    context.print(`${path}\n`);
  },
};

async function readRequest(
  { flags, lists }: ParsedArguments,
  context: CommandContext,
): Promise<{ model: ModelRequest; verify: boolean }> {
  for (const [name, value] of Object.entries(flags)) {
    if (value === '') throw usage(`--${name} is empty`, 'aim-runtime download-to-cache --help shows examples.');
  }
  const { id, config } = await wantedModel(flags['model-id'], context);
  const source = withRevision(parseModelSource(id), flags['revision']);
  const useHubCache = flags['use-hf-cache'] === true;
  const name = flags['model-name'] ?? flags['custom-model-name'] ?? config.customModelName;
  if (useHubCache && source.kind !== 'hf') throw usage(`--use-hf-cache is for models of the hub, not for ${source.id}`);
  return {
    verify: flags['verify'] === true,
    model: {
      source,
      cachePath: useHubCache ? config.hfHome : config.cachePath, // where the engine looks
      layout: useHubCache ? 'hub' : 'folder',
      modelName: typeof name === 'string' ? name : undefined,
      choice: { include: lists['include'] ?? [], exclude: lists['exclude'] ?? [] },
    },
  };
}

/** A model named on the command line needs no other setting; without one the selected profile decides. */
async function wantedModel(
  given: string | boolean | undefined,
  context: CommandContext,
): Promise<{ id: string; config: RuntimeConfig }> {
  if (typeof given === 'string') return { id: given, config: await loadConfig(context.env, 'nothing') };
  const preparation = await prepare(context, 'model');
  const { profile } = requireSelected(preparation, context);
  const { config } = preparation;
  return { id: profile.modelId ?? config.modelId ?? config.aimId ?? '', config };
}

function withRevision(source: ModelSource, revision: string | boolean | undefined): ModelSource {
  if (typeof revision !== 'string') return source;
  if (source.kind !== 'hf') throw usage(`--revision is for models of the hub, not for ${source.id}`);
  if (source.revision !== undefined && source.revision !== revision) {
    throw usage(`--revision ${revision} and ${source.id} name two revisions`, 'Leave one of them out.');
  }
  return parseModelSource(`${source.name}@${revision}`);
}

async function verify({ source, cachePath, layout, modelName }: ModelRequest, path: string, { log }: CommandContext) {
  const { verifyModel, withdrawMarker } = await import('../model/transfer.ts');
  const cached = findCachedModel(cachePath, source.id, { layout, modelName });
  if (!cached) throw new AimError<RuntimeErrorCode>('cache', notVerifiable(path));
  const { checked, damaged, unknown } = await verifyModel(cached);
  if (damaged.length > 0) {
    await withdrawMarker(cached, damaged).catch(() => undefined); // a read-only cache keeps it
    throw new AimError<RuntimeErrorCode>('cache', {
      message: `${damaged.length} of ${checked} files in ${path} are damaged`,
      details: damaged,
      hint: 'Run download-to-cache again: it fetches those files only.',
    });
  }
  if (checked === 0) throw new AimError<RuntimeErrorCode>('cache', notVerifiable(path));
  for (const file of unknown) log.warn(`${file} was not verified: nothing says what it should hold`);
  log.info(`${checked} files were hashed again and are as they should be`, { path });
}

function notVerifiable(path: string) {
  return {
    message: `${path} cannot be verified: nothing records what its files should hold`,
    hint: 'Only a model that download-to-cache or the hub tools put there has such records.',
  };
}
