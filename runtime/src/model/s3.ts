import type { Readable } from 'node:stream';
import type * as AwsSdk from '@aws-sdk/client-s3';
import type { HeadObjectCommandOutput, S3Client } from '@aws-sdk/client-s3';
import type { RuntimeErrorCode } from '../exit-codes.ts';
import { AimError } from '../system/errors.ts';
import { explainS3 } from './s3-errors.ts';
import { RetryableError, type ExpectedDigest, type RemoteFile, type RemoteModel } from './remote.ts';
import { withRetries, type Patience } from './retry.ts';
import type { BucketFolder } from './source.ts';

interface S3Object {
  readonly key: string;
  readonly sizeBytes: number;
  readonly etag: string;
}

export interface BucketOptions {
  readonly env: NodeJS.ProcessEnv;
  /** For listings and descriptions; what streams content has its own. */
  readonly patience: Patience;
  readonly signal: AbortSignal;
}

const CHECKSUM_FORMS = { sha256: /^[0-9a-f]{64}$/, md5: /^[0-9a-f]{32}$/, parts: /^[0-9a-f]{32}-(\d+)$/ };

/** Buckets of AWS or of a server that speaks like it, through the SDK and its whole chain of credentials. */
export class Buckets {
  readonly #sdk: typeof AwsSdk;
  readonly #client: S3Client;
  readonly #options: BucketOptions;

  private constructor(sdk: typeof AwsSdk, options: BucketOptions) {
    this.#sdk = sdk;
    this.#options = options;
    const { env } = options;
    const endpoint = setting(env['AWS_ENDPOINT_URL_S3']) ?? setting(env['AWS_ENDPOINT_URL']);
    this.#client = new sdk.S3Client({
      region: setting(env['AWS_REGION']) ?? setting(env['AWS_DEFAULT_REGION']) ?? 'us-east-1',
      followRegionRedirects: true,
      responseChecksumValidation: 'WHEN_REQUIRED', // parts of an object have no checksum of their own
      maxAttempts: 1, // one place decides about repetition
      ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
    });
  }

  /** Loads the SDK, which nothing but S3 needs. */
  static async open(options: BucketOptions): Promise<Buckets> {
    return new Buckets(await import('@aws-sdk/client-s3'), options);
  }

  /** The objects below a folder: `llama/` does not mean `llama-8b/`. An empty folder is refused. */
  async list({ bucket, prefix }: BucketFolder): Promise<RemoteModel> {
    const folder = prefix === '' ? '' : `${prefix}/`;
    const objects: S3Object[] = [];
    let token: string | undefined;
    do {
      const command = new this.#sdk.ListObjectsV2Command({ Bucket: bucket, Prefix: folder, ContinuationToken: token });
      const page = await this.#ask(bucket, `the listing of s3://${bucket}/${folder}`, (abortSignal) =>
        this.#client.send(command, { abortSignal }),
      );
      for (const { Key: key, Size: sizeBytes, ETag: etag } of page.Contents ?? []) {
        if (key === undefined || key.endsWith('/')) continue; // a folder's own marker
        objects.push({ key, sizeBytes: sizeBytes ?? 0, etag: (etag ?? '').replaceAll('"', '') });
      }
      token = page.NextContinuationToken;
    } while (token !== undefined);
    if (objects.length === 0) throw nothingThere(bucket, folder);
    return { commit: undefined, files: objects.map((object) => this.#file(bucket, folder, object)) };
  }

  close(): void {
    this.#client.destroy();
  }

  #file(bucket: string, folder: string, object: S3Object): RemoteFile {
    let digest: Promise<ExpectedDigest | undefined> | undefined; // asked once, unless asking failed
    return {
      path: object.key.slice(folder.length),
      sizeBytes: object.sizeBytes,
      version: object.etag === '' ? undefined : object.etag,
      digest: () =>
        (digest ??= this.#digest(bucket, object).catch((error: unknown) => {
          digest = undefined;
          throw error;
        })),
      open: async ({ startByte, endByte }, signal) => {
        const command = new this.#sdk.GetObjectCommand({
          Bucket: bucket,
          Key: object.key,
          Range: `bytes=${startByte}-${endByte - 1}`,
          ...(object.etag === '' ? {} : { IfMatch: `"${object.etag}"` }),
        });
        const answer = await this.#send(bucket, () => this.#client.send(command, { abortSignal: signal }));
        if (!answer.Body) throw new RetryableError(`no content came for ${object.key}`);
        return answer.Body as Readable;
      },
    };
  }

  /** The strongest statement that the server makes about the content. */
  async #digest(bucket: string, object: S3Object): Promise<ExpectedDigest | undefined> {
    const head = (part: { PartNumber?: number } = {}) => {
      const command = new this.#sdk.HeadObjectCommand({
        Bucket: bucket,
        Key: object.key,
        ChecksumMode: 'ENABLED',
        ...part,
      });
      return this.#ask(bucket, `the description of ${object.key}`, (abortSignal) =>
        this.#client.send(command, { abortSignal }),
      );
    };
    const whole = await head();
    const stated = statedChecksum(whole);
    if (stated) return stated;
    if (whole.ServerSideEncryption?.startsWith('aws:kms') === true || whole.SSECustomerAlgorithm !== undefined) {
      return undefined; // then the ETag is no hash of the content
    }
    if (CHECKSUM_FORMS.md5.test(object.etag)) return { algorithm: 'md5', value: object.etag };
    const parts = Number(CHECKSUM_FORMS.parts.exec(object.etag)?.[1] ?? 0);
    if (parts === 0) return undefined;
    const first = await head({ PartNumber: 1 }).catch(() => undefined);
    const partBytes = parts === 1 ? object.sizeBytes : (first?.ContentLength ?? 0);
    const fits = partBytes > 0 && Math.ceil(object.sizeBytes / partBytes) === parts;
    return fits ? { algorithm: 'md5-parts', value: object.etag, partBytes } : undefined;
  }

  /** A request with a short answer: it has only so much time, and is repeated when it fails. */
  #ask<T>(bucket: string, what: string, request: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { patience, signal } = this.#options;
    const attempt = async () => {
      const limit = AbortSignal.timeout(patience.stallMs);
      try {
        return await this.#send(bucket, () => request(AbortSignal.any([signal, limit])));
      } catch (error) {
        throw limit.aborted ? new RetryableError(`${bucket} gave no answer for ${patience.stallMs / 1000} s`) : error;
      }
    };
    return withRetries(attempt, { what, patience, signal });
  }

  async #send<T>(bucket: string, request: () => Promise<T>): Promise<T> {
    try {
      return await request();
    } catch (error) {
      throw explainS3(error, bucket);
    }
  }
}

/** Checksums of a whole object; those of its parts together have another form. */
function statedChecksum(head: HeadObjectCommandOutput): ExpectedDigest | undefined {
  const hex = (text: string | undefined) => Buffer.from(text ?? '', 'base64').toString('hex');
  if (head.ChecksumType === 'COMPOSITE') return undefined;
  const sha256 = head.ChecksumSHA256?.includes('-') === true ? '' : hex(head.ChecksumSHA256);
  if (CHECKSUM_FORMS.sha256.test(sha256)) return { algorithm: 'sha256', value: sha256 };
  const crc32 = head.ChecksumCRC32?.includes('-') === true ? '' : hex(head.ChecksumCRC32);
  return crc32.length === 8 ? { algorithm: 'crc32', value: crc32 } : undefined;
}

function nothingThere(bucket: string, folder: string): AimError<RuntimeErrorCode> {
  return new AimError('config', {
    message: `nothing lies under s3://${bucket}/${folder}`,
    hint: 'Check the prefix; it must be the whole name of the folder that holds config.json.',
  });
}

function setting(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}
