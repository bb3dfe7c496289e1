import { Readable } from 'node:stream';
import type { RuntimeErrorCode } from '../exit-codes.ts';
import { AimError } from '../system/errors.ts';
import { hubRefusal } from './hub-errors.ts';
import { HttpClient, passingFailure, readText, type HttpResponse } from './http.ts';
import { RetryableError, type ByteRange, type RemoteFile, type RemoteModel } from './remote.ts';
import { withRetries, type Patience } from './retry.ts';

export interface HubOptions {
  /** `https://huggingface.co`, or a mirror. */
  readonly endpoint: string;
  readonly token: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly patience: Patience;
}

/** A model of the hub by name and revision. */
export interface HubModel {
  readonly name: string;
  readonly revision: string;
}

interface Sibling {
  readonly path: string;
  readonly sizeBytes: number;
  readonly sha256: string | undefined;
  readonly gitSha1: string;
}

const COMMIT = /^[0-9a-f]{40}$/;
const SHA256 = /^[0-9a-f]{64}$/;

/** A hub of models, by its HTTP interface. */
export class Hub {
  readonly #options: HubOptions;
  readonly #base: URL;
  readonly #http: HttpClient;

  constructor(options: HubOptions) {
    this.#options = options;
    this.#base = endpointUrl(options.endpoint);
    const { token, env } = options;
    this.#http = new HttpClient(env, token === undefined ? undefined : { origin: this.#base.origin, token });
  }

  /** Files of a model at the commit that its revision means now. */
  async list(model: HubModel, signal: AbortSignal): Promise<RemoteModel> {
    const url = this.#url(`api/models/${model.name}/revision/${encodeURIComponent(model.revision)}?blobs=true`);
    const text = await withRetries(() => this.#text(url, model, signal), {
      what: `the listing of ${model.name}`,
      patience: this.#options.patience,
      signal,
    });
    const { commit, siblings } = parseInfo(text, model);
    return { commit, files: siblings.map((sibling) => this.#file(sibling, { ...model, revision: commit })) };
  }

  close(): void {
    this.#http.close();
  }

  async #text(url: URL, model: HubModel, signal: AbortSignal): Promise<string> {
    const limited = AbortSignal.any([signal, AbortSignal.timeout(this.#options.patience.stallMs)]);
    const response = await this.#http.get(url, { signal: limited });
    if (response.status !== 200) throw await this.#failure(response, model);
    return readText(response);
  }

  #file(sibling: Sibling, model: HubModel): RemoteFile {
    const path = sibling.path.split('/').map(encodeURIComponent).join('/');
    const address = this.#url(`${model.name}/resolve/${model.revision}/${path}`);
    let signed: URL | undefined; // where the hub sent us last: asked first for further ranges
    const digest =
      sibling.sha256 === undefined
        ? ({ algorithm: 'git-sha1', value: sibling.gitSha1 } as const)
        : ({ algorithm: 'sha256', value: sibling.sha256 } as const);
    return {
      path: sibling.path,
      sizeBytes: sibling.sizeBytes,
      version: undefined, // there is a digest for every file
      digest: () => Promise.resolve(digest),
      open: async (range, signal) => {
        const isWhole = range.startByte === 0 && range.endByte === sibling.sizeBytes;
        const headers = isWhole ? {} : { range: `bytes=${range.startByte}-${range.endByte - 1}` };
        const response = await this.#http.get(signed ?? address, { headers, signal });
        if (response.status === 200 || response.status === 206) {
          if (response.url.origin !== this.#base.origin) signed = response.url;
          return isWhole && response.status === 200 ? response.body : bodyOf(response, range);
        }
        if (signed) {
          signed = undefined; // signatures run out; the hub gives a new one
          response.body.destroy();
          throw new RetryableError(`${response.url.host} answered ${response.status}`, 0);
        }
        throw await this.#failure(response, model);
      },
    };
  }

  async #failure(response: HttpResponse, model: HubModel): Promise<Error> {
    const passing = passingFailure(response);
    if (passing) {
      response.body.destroy();
      return passing;
    }
    const text = await readText(response).catch(() => '');
    return hubRefusal(response, {
      ...model,
      text,
      endpoint: this.#base.origin,
      hasToken: this.#options.token !== undefined,
    });
  }

  #url(path: string): URL {
    return new URL(path, this.#base);
  }
}

function endpointUrl(endpoint: string): URL {
  const url = URL.parse(endpoint.endsWith('/') ? endpoint : `${endpoint}/`);
  if (url && (url.protocol === 'https:' || url.protocol === 'http:')) return url;
  throw new AimError<RuntimeErrorCode>('config', {
    message: `HF_ENDPOINT=${endpoint} is no http or https address`,
    hint: 'Unset it for https://huggingface.co.',
  });
}

/** The range's bytes; a server that knows no ranges sends the whole file, of which the rest is dropped. */
function bodyOf({ status, headers, body }: HttpResponse, range: ByteRange): Readable {
  if (status === 200) return Readable.from(cut(body, range), { objectMode: false });
  const answered = Number(/^bytes (\d+)-/.exec(headers['content-range'] ?? '')?.[1] ?? 'NaN');
  if (answered === range.startByte) return body;
  body.destroy();
  throw new RetryableError(`the server answered with bytes from ${answered}, not ${range.startByte}`);
}

async function* cut(body: AsyncIterable<Buffer>, { startByte, endByte }: ByteRange): AsyncGenerator<Buffer> {
  let at = 0;
  for await (const chunk of body) {
    const wanted = chunk.subarray(Math.max(0, startByte - at), Math.max(0, endByte - at));
    if (wanted.length > 0) yield wanted;
    at += chunk.length;
    if (at >= endByte) return;
  }
}

function parseInfo(text: string, { name }: HubModel): { commit: string; siblings: Sibling[] } {
  const info = parseJson(text);
  const siblings = Array.isArray(info?.siblings) ? info.siblings.map(parseSibling) : [];
  const whole = siblings.filter((sibling) => sibling !== undefined);
  if (typeof info?.sha === 'string' && COMMIT.test(info.sha) && whole.length > 0 && whole.length === siblings.length) {
    return { commit: info.sha, siblings: whole };
  }
  throw new AimError<RuntimeErrorCode>('network', {
    message: `the hub's description of ${name} cannot be used: commit, sizes or hashes of its files are missing`,
    hint: 'A mirror named by HF_ENDPOINT must answer /api/models/.../revision/...?blobs=true as the hub does.',
  });
}

function parseJson(text: string): { sha?: unknown; siblings?: unknown } | undefined {
  try {
    return JSON.parse(text) as { sha?: unknown; siblings?: unknown };
  } catch {
    return undefined; // a proxy's page, for example
  }
}

function parseSibling(value: unknown): Sibling | undefined {
  const { rfilename, size, blobId, lfs } = value as Record<string, unknown>;
  const large = (lfs ?? undefined) as { sha256?: unknown; size?: unknown } | undefined;
  const sizeBytes = typeof large?.size === 'number' ? large.size : size;
  if (
    typeof rfilename !== 'string' ||
    typeof sizeBytes !== 'number' ||
    !Number.isSafeInteger(sizeBytes) ||
    sizeBytes < 0
  )
    return undefined;
  const sha256 = typeof large?.sha256 === 'string' && SHA256.test(large.sha256) ? large.sha256 : undefined;
  if (large && sha256 === undefined) return undefined;
  if (!large && !(typeof blobId === 'string' && COMMIT.test(blobId))) return undefined;
  return { path: rfilename, sizeBytes, sha256, gitSha1: typeof blobId === 'string' ? blobId : '' };
}
