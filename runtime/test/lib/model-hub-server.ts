import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A model as the test server offers it. */
export interface ServedModel {
  readonly name: string;
  readonly commit: string;
  readonly files: Readonly<Record<string, Buffer>>;
  /** Paths kept as ordinary files of the repository; all others are in large-file storage. */
  readonly small?: readonly string[];
  /** `gated` lets in only requests with the token, `private` denies that it exists to all others. */
  readonly access?: 'open' | 'gated' | 'private';
}

/** Something to go wrong with one answer. */
export type Fault =
  | { readonly kind: 'status'; readonly status: number; readonly retryAfter?: string }
  | { readonly kind: 'cut'; readonly afterBytes: number }
  | { readonly kind: 'stall'; readonly afterBytes: number }
  | { readonly kind: 'flip-byte' }
  | { readonly kind: 'no-ranges' };

/** What is told with a file's content. */
interface Answer {
  readonly response: ServerResponse;
  readonly fault: Fault | undefined;
  readonly etag: string;
  readonly commit?: string;
}

export interface SeenRequest {
  readonly host: 'hub' | 'cdn';
  readonly path: string;
  readonly range: string | undefined;
  readonly authorization: string | undefined;
}

/** Another host than the hub's, as clients tell hosts apart by name, not by port. */
const CDN_HOST = '127.0.0.2';
const CHUNK_BYTES = 64 * 1024;
const FAST_CHUNK_BYTES = 1024 * 1024;
/** Large contents are hashed once. */
const hashes = new WeakMap<Buffer, string>();

/**
 * A hub and its content network on two ports, as huggingface.co behaves: model information with blobs, `resolve` with
 * commit, size and hash in X-Linked-* headers and a redirect to a signed address for large files, ranges, errors with
 * X-Error-Code. `fault` may spoil any answer.
 */
export class HubServer implements AsyncDisposable {
  readonly requests: SeenRequest[] = [];
  readonly token = 'hf_testtokentesttoken';
  sentBytes = 0;
  fault: (request: SeenRequest) => Fault | undefined = () => undefined;
  /** Bytes per second of one answer; unlimited when undefined. */
  bytesPerSecond: number | undefined;
  readonly #models: Map<string, ServedModel>;
  readonly #hub: Server;
  readonly #cdn: Server;
  #signatures = 0;

  private constructor(models: readonly ServedModel[]) {
    this.#models = new Map(models.map((model) => [model.name, model]));
    this.#hub = createServer((request, response) => void this.#answer('hub', request, response));
    this.#cdn = createServer((request, response) => void this.#answer('cdn', request, response));
  }

  static async start(models: readonly ServedModel[]): Promise<HubServer> {
    const server = new HubServer(models);
    const listen = (each: Server, host: string) =>
      new Promise<void>((resolve) => {
        each.listen(0, host, resolve);
      });
    await Promise.all([listen(server.#hub, '127.0.0.1'), listen(server.#cdn, CDN_HOST)]);
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#hub.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of [this.#hub, this.#cdn]) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }

  async #answer(host: 'hub' | 'cdn', request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '/';
    const seen = { host, path, range: request.headers.range, authorization: request.headers.authorization };
    this.requests.push(seen);
    const fault = this.fault(seen);
    try {
      if (fault?.kind === 'status') {
        response
          .writeHead(fault.status, fault.retryAfter === undefined ? {} : { 'retry-after': fault.retryAfter })
          .end();
      } else if (host === 'cdn') await this.#content(seen, response, fault);
      else await this.#hubAnswer(seen, response, fault);
    } catch {
      response.destroy(); // the client went away
    }
  }

  async #hubAnswer(seen: SeenRequest, response: ServerResponse, fault: Fault | undefined): Promise<void> {
    const url = new URL(seen.path, this.url);
    const info = /^\/api\/models\/(.+?)\/(?:revision|tree)\/([^/]+)$/.exec(url.pathname);
    const file = /^\/([^/]+(?:\/[^/]+)?)\/resolve\/([^/]+)\/(.+)$/.exec(url.pathname);
    const [, name = '', revision = '', path = ''] = (info ?? file ?? []).map((part) => decodeURIComponent(part));
    const model = this.#models.get(name);
    const mayRead = seen.authorization === `Bearer ${this.token}`;
    if (!model || (model.access === 'private' && !mayRead)) {
      refuse(response, mayRead ? 404 : 401, 'RepoNotFound');
      return;
    }
    if (!['main', 'v1', model.commit].includes(revision)) {
      refuse(response, 404, 'RevisionNotFound');
      return;
    }
    if (info) {
      const body = JSON.stringify(url.pathname.includes('/tree/') ? treeOf(model) : describe(model));
      response.writeHead(200, { 'content-type': 'application/json' }).end(body);
      return;
    }
    if (model.access === 'gated' && !mayRead) {
      refuse(response, seen.authorization ? 403 : 401, 'GatedRepo');
      return;
    }
    const content = model.files[path];
    if (!content) {
      refuse(response, 404, 'EntryNotFound');
      return;
    }
    if (isSmall(model, path))
      return this.#send(content, seen, { response, fault, etag: gitSha1(content), commit: model.commit });
    const address = `http://${CDN_HOST}:${(this.#cdn.address() as AddressInfo).port}`;
    const hash = sha256(content);
    response
      .writeHead(302, {
        location: `${address}/${encodeURIComponent(name)}/${encodeURIComponent(path)}?X-Amz-Signature=s${this.#signatures++}`,
        'x-repo-commit': model.commit,
        'x-linked-size': content.length,
        'x-linked-etag': `"${hash}"`,
        'x-xet-hash': hash,
        link: `<${this.url}/api/xet>; rel="xet-auth"`,
      })
      .end();
  }

  async #content(seen: SeenRequest, response: ServerResponse, fault: Fault | undefined): Promise<void> {
    const [, name = '', path = ''] = new URL(seen.path, this.url).pathname.split('/').map(decodeURIComponent);
    const content = this.#models.get(name)?.files[path];
    if (!content) {
      refuse(response, 404, 'EntryNotFound');
      return;
    }
    await this.#send(content, seen, { response, fault, etag: sha256(content) });
  }

  async #send(content: Buffer, { range }: SeenRequest, { response, fault, etag, commit }: Answer): Promise<void> {
    const asked = fault?.kind === 'no-ranges' ? undefined : /^bytes=(\d+)-(\d*)$/.exec(range ?? '');
    const start = Number(asked?.[1] ?? 0);
    const end = asked?.[2] ? Number(asked[2]) + 1 : content.length;
    response.writeHead(asked ? 206 : 200, {
      etag: `"${etag}"`,
      ...(commit === undefined ? {} : { 'x-repo-commit': commit }),
      'content-length': end - start,
      'accept-ranges': 'bytes',
      ...(asked ? { 'content-range': `bytes ${start}-${end - 1}/${content.length}` } : {}),
    });
    const stop = fault?.kind === 'cut' || fault?.kind === 'stall' ? Math.min(end, start + fault.afterBytes) : end;
    const step = this.bytesPerSecond === undefined ? FAST_CHUNK_BYTES : CHUNK_BYTES;
    for (let at = start; at < stop; at += step) {
      let chunk = content.subarray(at, Math.min(stop, at + step));
      if (fault?.kind === 'flip-byte' && at === start) {
        chunk = Buffer.from(chunk);
        chunk[0] = (chunk[0] ?? 0) ^ 1;
      }
      this.sentBytes += chunk.length;
      if (response.destroyed) return;
      if (!response.write(chunk)) await drained(response);
      if (this.bytesPerSecond !== undefined) await sleep((chunk.length / this.bytesPerSecond) * 1000);
    }
    if (fault?.kind === 'cut') response.destroy();
    else if (fault?.kind !== 'stall') response.end();
  }
}

/** Hash of content by which large-file storage knows it. */
export function sha256(content: Buffer): string {
  const hash = hashes.get(content) ?? createHash('sha256').update(content).digest('hex');
  hashes.set(content, hash);
  return hash;
}

/** Hash of content by which git knows it. */
export function gitSha1(content: Buffer): string {
  return createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
}

/** Waits until there is room again, or nobody who reads. */
async function drained(response: ServerResponse): Promise<void> {
  const closed = new AbortController();
  const close = () => {
    closed.abort();
  };
  response.once('close', close);
  await once(response, 'drain', { signal: closed.signal }).catch(() => undefined);
  response.off('close', close);
}

function isSmall({ small = [] }: ServedModel, path: string): boolean {
  return small.includes(path) || /\.(?:json|txt|md)$/.test(path);
}

/** The listing that huggingface_hub reads page by page; here it is one page. */
function treeOf(model: ServedModel): object[] {
  return Object.entries(model.files).map(([path, content]) => {
    const lfs = { oid: sha256(content), size: content.length, pointerSize: 134 };
    const small = isSmall(model, path);
    return { type: 'file', path, size: content.length, oid: gitSha1(content), ...(small ? {} : { lfs }) };
  });
}

function describe(model: ServedModel): object {
  const siblings = Object.entries(model.files).map(([path, content]) => ({
    rfilename: path,
    size: content.length,
    blobId: isSmall(model, path) ? gitSha1(content) : gitSha1(Buffer.from('pointer')),
    ...(isSmall(model, path) ? {} : { lfs: { sha256: sha256(content), size: content.length, pointerSize: 134 } }),
  }));
  return {
    id: model.name,
    modelId: model.name,
    sha: model.commit,
    gated: model.access === 'gated' ? 'manual' : false,
    siblings,
  };
}

function refuse(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { 'x-error-code': code, 'x-error-message': code }).end(JSON.stringify({ error: code }));
}
