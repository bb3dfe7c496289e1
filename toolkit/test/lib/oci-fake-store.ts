import { randomUUID } from 'node:crypto';
import { computeDigest, isDigest } from '../../src/oci/digest.ts';
import { MEDIA_TYPES, type Descriptor } from '../../src/oci/types.ts';

export interface FakeRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
  /** False when the connection broke before all of the body was there. */
  readonly isWhole: boolean;
}

export interface FakeAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
}

/** How the registry behaves where the specification leaves a choice. */
export interface FakeBehaviour {
  readonly mounts?: boolean;
  readonly referrers?: boolean;
  readonly deletes?: boolean;
  /** Most tags of one page. */
  readonly pageSize?: number;
  readonly minChunkBytes?: number;
  /** False for a registry that takes manifests whose blobs it does not have. */
  readonly checksBlobs?: boolean;
}

interface StoredRepository {
  readonly blobs: Set<string>;
  readonly manifests: Map<string, { readonly bytes: Buffer; readonly mediaType: string }>;
  readonly tags: Map<string, string>;
}

type Handler = (request: FakeRequest, name: string, last: string) => FakeAnswer;

/** What a registry holds, in memory, and how it answers. @see the distribution specification */
export class FakeStore {
  readonly repositories = new Map<string, StoredRepository>();
  readonly uploads = new Map<string, { readonly name: string; bytes: Buffer }>();
  readonly #content = new Map<string, Buffer>();
  readonly #behaviour: FakeBehaviour;

  constructor(behaviour: FakeBehaviour) {
    this.#behaviour = behaviour;
  }

  handle(request: FakeRequest): FakeAnswer {
    const path = request.url.pathname;
    if (path === '/v2/') return { status: 200, body: '{}' };
    for (const [pattern, handler] of this.#routes) {
      const match = pattern.exec(path);
      if (match !== null) return handler(request, match[1] ?? '', match[2] ?? '');
    }
    return { status: 404, headers: { 'content-type': 'text/plain' }, body: '404 page not found\n' };
  }

  readonly #routes: readonly (readonly [RegExp, Handler])[] = [
    [/^\/v2\/(.+)\/tags\/list$/, (request, name) => this.#listTags(request, name)],
    [/^\/v2\/(.+)\/blobs\/uploads\/$/, (request, name) => this.#startUpload(request, name)],
    [/^\/v2\/(.+)\/blobs\/uploads\/([^/]+)$/, (request, name, id) => this.#upload(request, name, id)],
    [/^\/v2\/(.+)\/blobs\/([^/]+)$/, (request, name, digest) => this.#blob(request, name, digest)],
    [/^\/v2\/(.+)\/manifests\/([^/]+)$/, (request, name, reference) => this.#manifest(request, name, reference)],
    [/^\/v2\/(.+)\/referrers\/([^/]+)$/, (request, name, digest) => this.#referrers(request, name, digest)],
  ];

  #repository(name: string): StoredRepository {
    const known = this.repositories.get(name);
    if (known !== undefined) return known;
    const made: StoredRepository = { blobs: new Set(), manifests: new Map(), tags: new Map() };
    this.repositories.set(name, made);
    return made;
  }

  #listTags({ url }: FakeRequest, name: string): FakeAnswer {
    const repository = this.repositories.get(name);
    if (repository === undefined) return problem(404, 'NAME_UNKNOWN', 'repository name not known to registry');
    const size = Math.min(Number(url.searchParams.get('n') ?? 1e9), this.#behaviour.pageSize ?? 1e9);
    const last = url.searchParams.get('last') ?? '';
    const rest = [...repository.tags.keys()].sort().filter((tag) => tag > last);
    const page = rest.slice(0, size);
    const link = `</v2/${name}/tags/list?n=${size}&last=${page.at(-1) ?? ''}>; rel="next"`;
    return json(200, { name, tags: page }, page.length < rest.length ? { link } : {});
  }

  #startUpload({ method, url }: FakeRequest, name: string): FakeAnswer {
    if (method !== 'POST') return problem(405, 'UNSUPPORTED', 'method not allowed');
    const digest = url.searchParams.get('mount') ?? '';
    const source = this.repositories.get(url.searchParams.get('from') ?? '');
    if (this.#behaviour.mounts !== false && source?.blobs.has(digest)) {
      this.#repository(name).blobs.add(digest);
      return { status: 201, headers: { location: `/v2/${name}/blobs/${digest}`, 'docker-content-digest': digest } };
    }
    const id = randomUUID();
    this.uploads.set(id, { name, bytes: Buffer.alloc(0) });
    const { minChunkBytes } = this.#behaviour;
    const chunk = minChunkBytes === undefined ? {} : { 'oci-chunk-min-length': String(minChunkBytes) };
    return { status: 202, headers: { ...this.#uploadHeaders(name, id), ...chunk } };
  }

  #upload(request: FakeRequest, name: string, id: string): FakeAnswer {
    const upload = this.uploads.get(id);
    if (upload?.name !== name) return problem(404, 'BLOB_UPLOAD_UNKNOWN', 'blob upload unknown to registry');
    const { method, headers, body, isWhole } = request;
    if (method === 'DELETE') {
      this.uploads.delete(id);
      return { status: 204 };
    }
    if (method === 'GET') return { status: 204, headers: this.#uploadHeaders(name, id) };
    const start = Number((headers['content-range'] ?? `${upload.bytes.length}-`).split('-')[0]);
    if (start !== upload.bytes.length)
      return { status: 416, headers: this.#uploadHeaders(name, id), body: 'wrong offset' };
    if (method === 'PATCH' || isWhole) upload.bytes = Buffer.concat([upload.bytes, body]);
    if (!isWhole) return { status: 400 };
    if (method === 'PATCH') return { status: 202, headers: this.#uploadHeaders(name, id) };
    const digest = request.url.searchParams.get('digest') ?? '';
    this.uploads.delete(id);
    if (computeDigest(upload.bytes) !== digest)
      return problem(400, 'DIGEST_INVALID', 'provided digest did not match uploaded content');
    this.#content.set(digest, upload.bytes);
    this.#repository(name).blobs.add(digest);
    return { status: 201, headers: { location: `/v2/${name}/blobs/${digest}`, 'docker-content-digest': digest } };
  }

  #uploadHeaders(name: string, id: string): Record<string, string> {
    const sizeBytes = this.uploads.get(id)?.bytes.length ?? 0;
    // The query stands for the state some registries keep in the address.
    const location = `/v2/${name}/blobs/uploads/${id}?_state=a%2Bb%3D`;
    return { location, range: `0-${Math.max(0, sizeBytes - 1)}`, 'docker-upload-uuid': id };
  }

  #blob({ method, headers }: FakeRequest, name: string, digest: string): FakeAnswer {
    const repository = this.repositories.get(name);
    const bytes = repository?.blobs.has(digest) ? this.#content.get(digest) : undefined;
    if (repository === undefined || bytes === undefined)
      return problem(404, 'BLOB_UNKNOWN', 'blob unknown to registry');
    if (method === 'DELETE') {
      if (this.#behaviour.deletes === false) return problem(405, 'UNSUPPORTED', 'the operation is unsupported');
      repository.blobs.delete(digest);
      return { status: 202 };
    }
    const known = { 'content-type': 'application/octet-stream', 'docker-content-digest': digest };
    const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(headers['range'] ?? '') ?? [];
    if (from === undefined || method === 'HEAD') return { status: 200, headers: known, body: bytes };
    const end = to ? Number(to) + 1 : bytes.length;
    const range = `bytes ${from}-${Math.min(end, bytes.length) - 1}/${bytes.length}`;
    const part = bytes.subarray(Number(from), end);
    return { status: 206, headers: { ...known, 'content-range': range }, body: part };
  }

  #manifest(request: FakeRequest, name: string, reference: string): FakeAnswer {
    if (request.method === 'PUT') return this.#putManifest(request, name, reference);
    const repository = this.repositories.get(name);
    const digest = isDigest(reference) ? reference : repository?.tags.get(reference);
    const stored = digest === undefined ? undefined : repository?.manifests.get(digest);
    if (repository === undefined || digest === undefined || stored === undefined)
      return problem(404, 'MANIFEST_UNKNOWN', 'manifest unknown');
    if (request.method === 'DELETE') return this.#deleteManifest(repository, reference);
    const headers = { 'content-type': stored.mediaType, 'docker-content-digest': digest };
    return { status: 200, headers, body: stored.bytes };
  }

  #putManifest({ body, headers, isWhole }: FakeRequest, name: string, reference: string): FakeAnswer {
    if (!isWhole) return { status: 400 };
    const digest = computeDigest(body);
    if (isDigest(reference) && reference !== digest) return problem(400, 'DIGEST_INVALID', 'digest did not match');
    const document = JSON.parse(body.toString()) as {
      config?: Descriptor;
      layers?: Descriptor[];
      subject?: Descriptor;
    };
    const needed = [document.config, ...(document.layers ?? [])].flatMap((one) => (one ? [one.digest] : []));
    const missing = needed.filter((one) => !this.#repository(name).blobs.has(one));
    if (this.#behaviour.checksBlobs !== false && missing.length > 0) {
      const entry = { code: 'MANIFEST_BLOB_UNKNOWN', message: 'blob unknown to registry' };
      return json(400, { errors: missing.map((one) => ({ ...entry, detail: one })) });
    }
    const repository = this.#repository(name);
    repository.manifests.set(digest, { bytes: body, mediaType: headers['content-type'] ?? '' });
    if (!isDigest(reference)) repository.tags.set(reference, digest);
    const subject = this.#behaviour.referrers === true ? document.subject?.digest : undefined;
    const subjectHeader = subject === undefined ? {} : { 'oci-subject': subject };
    return { status: 201, headers: { 'docker-content-digest': digest, ...subjectHeader } };
  }

  #deleteManifest(repository: StoredRepository, reference: string): FakeAnswer {
    if (this.#behaviour.deletes === false) return problem(405, 'UNSUPPORTED', 'the operation is unsupported');
    if (!isDigest(reference)) return problem(400, 'DIGEST_INVALID', 'provided digest did not match uploaded content');
    repository.manifests.delete(reference);
    for (const [tag, digest] of repository.tags) if (digest === reference) repository.tags.delete(tag);
    return { status: 202 };
  }

  #referrers({ url }: FakeRequest, name: string, subject: string): FakeAnswer {
    if (this.#behaviour.referrers !== true) return { status: 404, body: '404 page not found\n' };
    const wanted = url.searchParams.get('artifactType');
    const manifests = [...(this.repositories.get(name)?.manifests ?? [])].flatMap(([digest, { bytes, mediaType }]) => {
      const document = JSON.parse(bytes.toString()) as { subject?: Descriptor; artifactType?: string };
      if (document.subject?.digest !== subject || (wanted !== null && wanted !== document.artifactType)) return [];
      return [{ mediaType, digest, size: bytes.length, artifactType: document.artifactType }];
    });
    const index = { schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex, manifests };
    return json(200, index, { 'content-type': MEDIA_TYPES.ociIndex });
  }
}

/** An answer with the error document of the specification. */
export function problem(status: number, code: string, message: string): FakeAnswer {
  return json(status, { errors: [{ code, message, detail: null }] });
}

export function json(status: number, value: object, headers: Readonly<Record<string, string>> = {}): FakeAnswer {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(value) };
}
