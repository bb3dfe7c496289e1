import type { Socket } from 'node:net';
import { buildConnector } from 'undici';

/** Largest piece that is read at once. */
const READ_BYTES = 64 * 1024;
const KEPT_VIEWS = 4096;

/** `HTTP/1.1 …` and its end. */
const HEAD_START = 'H'.charCodeAt(0);
const HEAD_END = '\r\n\r\n';

/**
 * Makes connections whose bytes go from the event loop to undici at once. As a rule each read allocates a buffer of this
 * size and puts it into a stream's queue, which empties itself later; here all connections of a thread read into one
 * buffer. Connections by TLS are made as ever. Only for `dispatch`, whose handler must copy what it wants to keep of a
 * body.
 */
export function createDirectConnector(connectTimeoutMs: number): buildConnector.connector {
  const usual = buildConnector({ timeout: connectTimeoutMs, allowH2: false });
  const views = new Views();
  return (options, callback) => {
    if (options.protocol !== 'http:') {
      usual(options, callback);
      return;
    }
    let inbox: Inbox | undefined;
    const onread = {
      buffer: views.buffer,
      callback: (length: number) => {
        inbox?.deliver(length);
        return true;
      },
    };
    // What it does not know it hands to `net.connect`.
    const settings = { timeout: connectTimeoutMs, allowH2: false, onread };
    const direct = buildConnector(settings);
    direct(options, (...result) => {
      const [error, socket] = result;
      if (error === null) inbox = new Inbox(socket, views);
      callback(...result);
    });
  };
}

/** Stands before a socket's own queue, which stays empty: undici takes a piece by `read` as soon as it has come. */
class Inbox {
  readonly #socket: Socket;
  readonly #views: Views;
  #piece: Buffer | undefined;
  #inHead = true;

  constructor(socket: Socket, views: Views) {
    this.#socket = socket;
    this.#views = views;
    const read = socket.read.bind(socket);
    // Everything else, such as the end of the stream, is the socket's business.
    socket.read = (size?: number): unknown => this.#take() ?? (read(size) as unknown);
  }

  deliver(length: number): void {
    const piece = this.#views.first(length);
    const head = this.#inHead || piece[0] === HEAD_START;
    // undici keeps parts of a head that comes in several reads; of a body it keeps nothing.
    this.#piece = head ? Buffer.from(piece) : piece;
    if (head) this.#inHead = !piece.includes(HEAD_END);
    this.#socket.emit('readable');
  }

  #take(): Buffer | undefined {
    const piece = this.#piece;
    this.#piece = undefined;
    return piece;
  }
}

/** The buffer that all connections of a thread read into. Its views are made once, as events have few lengths. */
class Views {
  readonly buffer = Buffer.allocUnsafeSlow(READ_BYTES);
  readonly #byLength: (Buffer | undefined)[] = new Array<undefined>(KEPT_VIEWS).fill(undefined);

  /** The first bytes of it. */
  first(length: number): Buffer {
    if (length >= KEPT_VIEWS) return this.buffer.subarray(0, length);
    return (this.#byLength[length] ??= this.buffer.subarray(0, length));
  }
}
