import type { Duplex } from "node:stream";
import { type PeerCertificate, TLSSocket } from "node:tls";
import type { ConnectionMessage, ConnectionTls } from "../api/events.ts";
import { CHANNELS, describeRun } from "./call/diagnostics.ts";
import type { ConnectOptions } from "./connect/connect-options.ts";
import { numberOf } from "./connect/connection-number.ts";
import { protocolOf } from "./pool/open-connection.ts";
import type { Destination } from "./route/destination.ts";

/** Where a connection leads, and for whom it was opened. */
interface OpenedConnection {
  readonly thread: string;
  readonly destination: Destination;
  readonly options: Pick<ConnectOptions, "policy" | "asker">;
}

/** Tells of a connection that is ready, and later of its end. Does nothing if nobody listens. */
export function publishConnection(socket: Duplex, opened: OpenedConnection): void {
  const { open, close } = CHANNELS;
  if (!open.hasSubscribers && !close.hasSubscribers) return;
  const message = describe(socket, opened);
  const openedAt = performance.now();
  // Later, when the books of the pool are right.
  socket.once("close", () => setImmediate(publishClose, message, openedAt, performance.now()));
  if (open.hasSubscribers) open.publish(message);
}

function publishClose(message: ConnectionMessage, openedAt: number, closedAt: number): void {
  const { close } = CHANNELS;
  if (close.hasSubscribers) close.publish({ ...message, openMs: closedAt - openedAt });
}

function describe(socket: Duplex, { thread, destination, options }: OpenedConnection): ConnectionMessage {
  const { scheme, hostname, port } = destination;
  return {
    thread,
    connection: numberOf(socket),
    scheme,
    hostname,
    port,
    protocol: protocolOf(socket),
    address: "remoteAddress" in socket ? String(socket.remoteAddress ?? "") : "",
    tls: describeTls(socket),
    rule: options.policy?.rule ?? null,
    ...describeRun(options.asker),
  };
}

function describeTls(socket: Duplex): ConnectionTls | null {
  if (!(socket instanceof TLSSocket)) return null;
  // Without a certificate, it is an object without members.
  const { subject, issuer, valid_to: validTo }: Partial<PeerCertificate> = socket.getPeerCertificate();
  const error: unknown = socket.authorizationError;
  return {
    version: socket.getProtocol() ?? "",
    cipher: socket.getCipher()?.name ?? "",
    subject: commonName(subject),
    issuer: commonName(issuer),
    validTo: validTo ?? null,
    distrust: socket.authorized || !error ? null : error instanceof Error ? error.message : String(error),
  };
}

/** A certificate may have several common names, and then the last one counts. */
function commonName(name: PeerCertificate["subject"] | undefined): string | null {
  return [name?.CN ?? null].flat().at(-1) ?? null;
}
