import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";

const LOOK_MS = 500;
/** How many connections one look is at. A look at one takes less than a microsecond. */
const AT_ONCE = 1000;
/** Bytes without content that any peer may send: certificates, of which OpenSSL takes 100 KiB, and tickets. */
const MOST_OVERHEAD = 256 * 1024;
/**
 * Bytes that may come around a byte of content. A server may pad its records to 16 KiB, which hides how short their content
 * is, and the shortest piece that HTTP sends alone is a chunk of six bytes.
 */
const FOR_A_BYTE = 3072;
/** And for each millisecond. In so much there are a few renegotiations a second, or 600 KeyUpdates. */
const FOR_A_MS = 16;

/** How much came on a connection that was not content. */
export class RecordCount {
  #came = 0;
  #content = 0;
  #at: number;
  /** Bytes without content that nothing has paid for yet. Content pays for what comes with it, and not for later. */
  #overhead = 0;

  constructor(now: number) {
    this.#at = now;
  }

  /** @param came bytes so far, of which `content` were content. @returns whether almost none of them are */
  isFlooded(came: number, content: number, now: number): boolean {
    const paid = FOR_A_BYTE * (content - this.#content) + FOR_A_MS * (now - this.#at);
    this.#overhead = Math.max(0, this.#overhead + came - this.#came - paid);
    [this.#came, this.#content, this.#at] = [came, content, now];
    return this.#overhead > MOST_OVERHEAD;
  }
}

interface Watched {
  readonly wire: Socket;
  readonly count: RecordCount;
}

/** The open connections over TLS, and what each of them is on. */
const watched = new Map<TLSSocket, Watched>();
let timer: NodeJS.Timeout | undefined;
let rest: MapIterator<[TLSSocket, Watched]> | undefined;

/**
 * Looks now and then at what came on a connection, and destroys it if almost nothing of it was content. TLS knows messages
 * that OpenSSL answers or passes over in silence, such as KeyUpdate, HelloRequest and renegotiations. A peer can send them
 * without end, in the handshake and also while nobody uses the connection, and they take the time of the application.
 *
 * @param wire The connection below `secured`
 */
export function watchRecords(secured: TLSSocket, wire: Socket): void {
  if (secured.destroyed) return;
  watched.set(secured, { wire, count: new RecordCount(performance.now()) });
  secured.once("close", () => forget(secured));
  timer ??= setInterval(look, LOOK_MS).unref();
}

function forget(secured: TLSSocket): void {
  watched.delete(secured);
  if (watched.size > 0) return;
  clearInterval(timer);
  timer = undefined;
}

function look(): void {
  rest ??= watched.entries();
  const now = performance.now();
  for (let looked = 0; looked < AT_ONCE; looked++) {
    const { done, value } = rest.next();
    if (done) {
      rest = undefined;
      return;
    }
    const [secured, { wire, count }] = value;
    if (count.isFlooded(wire.bytesRead, secured.bytesRead, now))
      secured.destroy(new Error("TLS without content"));
  }
}
