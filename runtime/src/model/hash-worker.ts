import type { HashAnswer, HashOrder } from './digest.ts';

/**
 * Body of a hash worker: follows files on disk as they grow from their start and hashes what is there, so that no
 * byte crosses between threads. Its text is evaluated in the worker, because a single executable has no files to
 * load: it may use nothing from outside itself.
 */
// eslint-disable-next-line max-lines-per-function -- only what is inside reaches the worker
export function hashWorker(): void {
  const { createHash } = process.getBuiltinModule('node:crypto');
  const fs = process.getBuiltinModule('node:fs');
  const zlib = process.getBuiltinModule('node:zlib');
  const port = process.getBuiltinModule('node:worker_threads').parentPort;
  const buffer = Buffer.allocUnsafe(2 * 1024 * 1024);

  /** Something that takes bytes and ends in a text. */
  interface Sink {
    readonly update: (bytes: Buffer) => void;
    readonly end: () => string;
  }
  interface Job {
    readonly file: number;
    readonly sinks: readonly [Sink, Sink];
    doneBytes: number;
  }
  const jobs = new Map<number, Job>();

  const plain = (name: string): Sink => {
    const hash = createHash(name);
    return { update: (bytes) => void hash.update(bytes), end: () => hash.digest('hex') };
  };
  const gitSink = (sizeBytes: number): Sink => {
    const hash = createHash('sha1').update(`blob ${sizeBytes}\0`);
    return { update: (bytes) => void hash.update(bytes), end: () => hash.digest('hex') };
  };
  const crcSink = (): Sink => {
    let crc = 0;
    return { update: (bytes) => (crc = zlib.crc32(bytes, crc)), end: () => crc.toString(16).padStart(8, '0') };
  };
  const partsSink = (partBytes: number): Sink => {
    const parts: Buffer[] = [];
    let hash = createHash('md5');
    let filled = 0;
    const close = () => {
      parts.push(hash.digest());
      hash = createHash('md5');
      filled = 0;
    };
    const update = (bytes: Buffer) => {
      for (let at = 0; at < bytes.length;) {
        const piece = bytes.subarray(at, at + partBytes - filled);
        hash.update(piece);
        filled += piece.length;
        at += piece.length;
        if (filled === partBytes) close();
      }
    };
    const end = () => {
      if (filled > 0) close();
      return `${createHash('md5').update(Buffer.concat(parts)).digest('hex')}-${parts.length}`;
    };
    return { update, end };
  };
  const sinkOf = (order: Extract<HashOrder, { type: 'start' }>): Sink => {
    if (order.algorithm === 'git-sha1') return gitSink(order.sizeBytes);
    if (order.algorithm === 'crc32') return crcSink();
    if (order.algorithm === 'md5-parts') return partsSink(order.partBytes ?? 1);
    if (order.algorithm === 'md5') return plain('md5');
    return { update: () => undefined, end: () => '' }; // sha256 is computed anyway
  };

  const advance = (job: Job, upToByte: number): void => {
    while (job.doneBytes < upToByte) {
      const length = Math.min(buffer.length, upToByte - job.doneBytes);
      const read = fs.readSync(job.file, buffer, 0, length, job.doneBytes);
      if (read === 0) throw new Error(`the file ends at byte ${job.doneBytes}, not ${upToByte}`);
      const bytes = buffer.subarray(0, read);
      for (const sink of job.sinks) sink.update(bytes);
      job.doneBytes += read;
    }
  };
  const close = (id: number): void => {
    const job = jobs.get(id);
    if (job) fs.closeSync(job.file);
    jobs.delete(id);
  };
  const obey = (order: HashOrder): HashAnswer | undefined => {
    if (order.type === 'start') {
      const sinks = [plain('sha256'), sinkOf(order)] as const;
      jobs.set(order.id, { file: fs.openSync(order.path, 'r'), sinks, doneBytes: 0 });
      return undefined;
    }
    const job = jobs.get(order.id);
    if (!job || order.type === 'cancel') {
      close(order.id);
      return undefined;
    }
    if (order.type === 'advance') {
      advance(job, order.upToByte);
      return undefined;
    }
    const [sha256, asked] = job.sinks.map((sink) => sink.end());
    close(order.id);
    return {
      type: 'digests',
      id: order.id,
      sha256: sha256 ?? '',
      asked: asked === '' ? (sha256 ?? '') : (asked ?? ''),
    };
  };
  port?.on('message', (order: HashOrder) => {
    try {
      const answer = obey(order);
      if (answer) port.postMessage(answer);
    } catch (error) {
      close(order.id);
      const code = (error as NodeJS.ErrnoException).code;
      port.postMessage({ type: 'failed', id: order.id, message: (error as Error).message, code } satisfies HashAnswer);
    }
  });
}
