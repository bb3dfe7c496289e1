import type { RuntimeErrorCode } from '../exit-codes.ts';
import { AimError } from '../system/errors.ts';
import { isOffline } from './offline.ts';
import { EVERYTHING_NEEDED, selectFiles } from './patterns.ts';
import type { RemoteModel } from './remote.ts';
import { withRetries, type Patience } from './retry.ts';
import { bucketFolder, type ModelSource } from './source.ts';

export interface ListingContext {
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  readonly patience: Patience;
}

/** A listed model and the connections to its source. */
export interface ListedModel {
  readonly model: RemoteModel;
  readonly close: () => void;
}

const HUB = 'https://huggingface.co';

/** Asks a model's source for its files. Programs for a source are loaded when that source is used. */
export async function listRemote(source: ModelSource, context: ListingContext): Promise<ListedModel> {
  if (isOffline(context.env)) throw offline(source);
  if (source.kind === 's3') return listBucket(source, context);
  const { Hub } = await import('./huggingface.ts');
  const { env, signal, patience } = context;
  const token = first(env['HF_TOKEN'], env['HUGGING_FACE_HUB_TOKEN']);
  const hub = new Hub({ endpoint: first(env['HF_ENDPOINT']) ?? HUB, token, env, patience });
  const close = () => {
    hub.close();
  };
  return closing(close, () => hub.list({ name: source.name, revision: source.revision ?? 'main' }, signal));
}

/** Bytes of the files that a download would bring. */
export async function remoteSizeBytes(source: ModelSource, context: ListingContext): Promise<number> {
  const { model, close } = await listRemote(source, context);
  close();
  return selectFiles(model.files, EVERYTHING_NEEDED).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

async function listBucket(source: ModelSource, { env, signal, patience }: ListingContext): Promise<ListedModel> {
  const { Buckets } = await import('./s3.ts');
  const buckets = await Buckets.open(env);
  const close = () => {
    buckets.close();
  };
  const options = { what: `the listing of ${source.id}`, patience, signal };
  return closing(close, () => withRetries(() => buckets.list(bucketFolder(source), signal), options));
}

async function closing(close: () => void, list: () => Promise<RemoteModel>): Promise<ListedModel> {
  try {
    return { model: await list(), close };
  } catch (error) {
    close();
    throw error;
  }
}

function first(...values: readonly (string | undefined)[]): string | undefined {
  return values.find((value) => value !== undefined && value !== '');
}

function offline({ id }: ModelSource): AimError<RuntimeErrorCode> {
  return new AimError('network', {
    message: `${id} cannot be looked up: HF_HUB_OFFLINE forbids every network call`,
    hint: 'Unset HF_HUB_OFFLINE.',
  });
}
