import { loadConfig, type RuntimeConfig } from '../config.ts';
import type { RuntimeErrorCode } from '../exit-codes.ts';
import { parseModelSource, type ModelSource } from '../model/index.ts';
import type { ModelRequest } from '../model/obtain.ts';
import type { Profile } from '../profile/types.ts';
import { AimError, messageOf } from '../system/errors.ts';
import { parseArguments, usage, type FlagSpec, type ParsedArguments } from './arguments.ts';
import type { Command, CommandContext } from './context.ts';
import { obtain } from './obtain.ts';
import { prepare, requireSelected, type Preparation } from './prepare.ts';

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
                      (without a known GPU all profiles that could be selected have to agree)
  --model-name NAME   folder below the cache instead of org/model (--custom-model-name is the same)
  --use-hf-cache      into {cache}/hub/models--org--model, as the hub's own tools do
  --revision NAME     branch, tag or commit of a hub model; main without it
  --include PATTERN   only files that match, besides what is there already; several times for several patterns
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
    const signal = context.listenForEnd();
    const path = await obtain(request.model, { ...context, listenForEnd: () => signal });
    if (request.verify) await verify(request.model, path, { context, signal });
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

/**
 * A model named on the command line needs no other setting; without one the selected profile decides, or, where no GPU
 * is known, all profiles that could be selected on any.
 */
async function wantedModel(
  given: string | boolean | undefined,
  context: CommandContext,
): Promise<{ id: string; config: RuntimeConfig }> {
  if (typeof given === 'string') return { id: given, config: await loadConfig(context.env, 'nothing') };
  const preparation = await prepare(context, 'model');
  const { config } = preparation;
  const id = modelOfAnyGpu(preparation);
  if (id === undefined) return { id: modelOf(requireSelected(preparation, context).profile, config), config };
  context.log.warn(`without a known GPU no profile can be selected: taking ${id}, which all that could be lead to`);
  return { id, config };
}

/** The model that every profile wants which only lacks a GPU; undefined where GPUs are known or no profile is left. */
function modelOfAnyGpu({ config, targets, selection }: Preparation): string | undefined {
  if (selection.selected || targets.length > 0 || config.profileId !== undefined) return undefined;
  const candidates = selection.evaluations.filter(({ reasons }) =>
    reasons.every(({ code }) => code === 'gpu_mismatch'),
  );
  const ids = [...new Set(candidates.map(({ profile }) => modelOf(profile, config)))].sort();
  if (ids.length < 2) return ids[0];
  throw new AimError<RuntimeErrorCode>('hardware', {
    message: `without a known GPU it is open which of ${ids.length} models is wanted`,
    details: ids,
    hint: 'Name one with --model-id, or set AIM_GPU_MODEL and AIM_GPU_COUNT to those of the host that will serve it.',
  });
}

function modelOf({ modelId }: Profile, { modelId: given, aimId }: RuntimeConfig): string {
  return modelId ?? given ?? aimId ?? '';
}

function withRevision(source: ModelSource, revision: string | boolean | undefined): ModelSource {
  if (typeof revision !== 'string') return source;
  if (source.kind !== 'hf') throw usage(`--revision is for models of the hub, not for ${source.id}`);
  if (source.revision !== undefined && source.revision !== revision) {
    throw usage(`--revision ${revision} and ${source.id} name two revisions`, 'Leave one of them out.');
  }
  return parseModelSource(`${source.name}@${revision}`);
}

async function verify(
  request: ModelRequest,
  path: string,
  { context: { log }, signal }: { context: CommandContext; signal: AbortSignal },
): Promise<void> {
  const { findWanted, verifyModel, withdrawMarker } = await import('../model/transfer.ts');
  const cached = findWanted(request);
  if (!cached) throw new AimError<RuntimeErrorCode>('cache', notVerifiable(path));
  const { checked, damaged, unknown } = await verifyModel(cached, signal);
  if (damaged.length > 0) {
    const hint = await withdrawMarker(cached, damaged).then(
      () => 'It is not served any more. Run download-to-cache again: it fetches those files only.',
      (error: unknown) =>
        `It is served still, because this cannot be noted there (${messageOf(error)}). ` +
        'Run the same with a cache that this user may write to, or delete those files.',
    );
    const message = `${damaged.length} of ${checked} files in ${path} are damaged`;
    throw new AimError<RuntimeErrorCode>('cache', { message, details: damaged, hint });
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
