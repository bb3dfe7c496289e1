import type { RuntimeErrorCode } from '../exit-codes.ts';
import { AimError } from '../system/errors.ts';
import { readHubToken } from './hub-token.ts';
import { isOffline } from './offline.ts';
import { EVERYTHING_NEEDED, selectFiles } from './patterns.ts';
import type { RemoteModel } from './remote.ts';
import type { Patience } from './retry.ts';
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
  const endpoint = env['HF_ENDPOINT'] ?? '';
  const hub = new Hub({ endpoint: endpoint === '' ? HUB : endpoint, token: readHubToken(env), env, patience });
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

async function listBucket(source: ModelSource, context: ListingContext): Promise<ListedModel> {
  const { Buckets } = await import('./s3.ts');
  const buckets = await Buckets.open(context);
  const close = () => {
    buckets.close();
  };
  return closing(close, () => buckets.list(bucketFolder(source)));
}

async function closing(close: () => void, list: () => Promise<RemoteModel>): Promise<ListedModel> {
  try {
    return { model: await list(), close };
  } catch (error) {
    close();
    throw error;
  }
}

function offline({ id }: ModelSource): AimError<RuntimeErrorCode> {
  return new AimError('network', {
    message: `${id} cannot be looked up: HF_HUB_OFFLINE forbids every network call`,
    hint: 'Unset HF_HUB_OFFLINE.',
  });
}
