import { createServer, request as forward, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import S3rver from 's3rver';

/** An S3 server with real storage, behind a proxy that can count, spoil and rewrite what it answers. */
export class S3Server implements AsyncDisposable {
  readonly requests: string[] = [];
  sentBytes = 0;
  /** Status to answer a request with instead, or that it is never answered. */
  fault: (method: string, path: string) => number | 'no-answer' | undefined = () => undefined;
  /** Changes the text of listings, as a hostile server could. */
  rewriteListing: (xml: string) => string = (xml) => xml;
  readonly client: S3Client;
  readonly #folder: string;
  readonly #storage: S3rver;
  readonly #proxy: Server;

  private constructor(storage: S3rver, folder: string, storagePort: number, proxy: Server) {
    this.#storage = storage;
    this.#folder = folder;
    this.#proxy = proxy;
    this.client = new S3Client({
      endpoint: `http://127.0.0.1:${storagePort}`,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials: { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' },
      requestChecksumCalculation: 'WHEN_REQUIRED',
    });
  }

  static async start(bucket: string): Promise<S3Server> {
    const folder = mkdtempSync(join(tmpdir(), 'aim-s3-'));
    const storage = new S3rver({
      address: '127.0.0.1',
      port: 0,
      silent: true,
      directory: folder,
      allowMismatchedSignatures: true,
    });
    const { port } = await storage.run();
    const proxy = createServer();
    const server = new S3Server(storage, folder, port, proxy);
    proxy.on('request', (request, response) => {
      const path = request.url ?? '/';
      const method = request.method ?? 'GET';
      server.requests.push(`${method} ${path}`);
      const fault = server.fault(method, path);
      if (fault === 'no-answer') return;
      if (fault !== undefined) {
        response.writeHead(fault, { 'retry-after': '0.1' }).end();
        return;
      }
      const options = { host: '127.0.0.1', port, method, path, headers: request.headers };
      const onward = forward(options, (answer) => {
        if (!path.includes('list-type=2')) {
          response.writeHead(answer.statusCode ?? 500, answer.headers);
          answer.on('data', (chunk: Buffer) => (server.sentBytes += chunk.length));
          answer.pipe(response);
          return;
        }
        let xml = '';
        answer.on('data', (chunk: Buffer) => (xml += chunk.toString()));
        answer.on('end', () => {
          const headers = { 'content-type': answer.headers['content-type'] };
          response.writeHead(answer.statusCode ?? 500, headers).end(server.rewriteListing(xml));
        });
      });
      onward.on('error', () => response.destroy());
      request.pipe(onward);
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    await server.client.send(new CreateBucketCommand({ Bucket: bucket }));
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#proxy.address() as AddressInfo).port}`;
  }

  async put(bucket: string, key: string, body: Buffer): Promise<void> {
    await this.client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
  }

  /** Uploads in parts, after which the server knows no hash of the whole. */
  async putInParts(bucket: string, key: string, parts: readonly Buffer[]): Promise<void> {
    const target = { Bucket: bucket, Key: key };
    const { UploadId } = await this.client.send(new CreateMultipartUploadCommand(target));
    const done = [];
    for (const [index, Body] of parts.entries()) {
      const part = { ...target, UploadId, PartNumber: index + 1, Body };
      const { ETag } = await this.client.send(new UploadPartCommand(part));
      done.push({ ETag, PartNumber: index + 1 });
    }
    await this.client.send(
      new CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload: { Parts: done } }),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.destroy();
    this.#proxy.closeAllConnections();
    await new Promise((resolve) => this.#proxy.close(resolve));
    await this.#storage.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
