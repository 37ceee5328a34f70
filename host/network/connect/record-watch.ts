import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";

const LOOK_MS = 500;
/** How many connections one look is at. A look at one takes less than a microsecond. */
const AT_ONCE = 1000;
/** Bytes without content that any peer may send: certificates, of which OpenSSL takes 100 KiB, and tickets. */
const MOST_OVERHEAD = 256 * 1024;
/** Bytes that may come around a byte of content. A record has fewer than a hundred. */
const FOR_A_BYTE = 100;

/** The open connections over TLS, and what each of them is on. */
const watched = new Map<TLSSocket, Socket>();
let timer: NodeJS.Timeout | undefined;
let rest: MapIterator<[TLSSocket, Socket]> | undefined;

/**
 * Looks now and then at what came on a connection, and destroys it if almost nothing of it was content. TLS knows messages
 * that OpenSSL answers or passes over in silence, such as KeyUpdate, HelloRequest and renegotiations. A peer can send them
 * without end, in the handshake and also while nobody uses the connection, and they take the time of the application.
 *
 * @param wire The connection below `secured`
 */
export function watchRecords(secured: TLSSocket, wire: Socket): void {
  if (secured.destroyed) return;
  watched.set(secured, wire);
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
  for (let count = 0; count < AT_ONCE; count++) {
    const { done, value } = rest.next();
    if (done) {
      rest = undefined;
      return;
    }
    const [secured, wire] = value;
    if (isFlooded(wire.bytesRead, secured.bytesRead)) secured.destroy(new Error("TLS without content"));
  }
}

function isFlooded(came: number, content: number): boolean {
  return came > MOST_OVERHEAD + FOR_A_BYTE * content;
}
