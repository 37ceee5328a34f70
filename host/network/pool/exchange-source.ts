import type { BodyStream } from "../body/request-body.ts";
import type { RequestHead } from "../request/request.ts";
import type { Destination } from "../route/destination.ts";
import type { Phase } from "../transfer/failure-table.ts";
import type { Policy } from "../transfer/policy.ts";

/** What a call needs for one request. */
export interface ExchangeNeeds {
  readonly destination: Destination;
  /** Whether it must be a connection that nobody has used. */
  readonly isFresh: boolean;
  /** Milliseconds for lookup, TCP, proxy and TLS together. */
  readonly connectTimeoutMs: number;
  /** Asked for every address that is about to be dialled; null allows all. */
  readonly policy: Policy | null;
}

/** The connection that a request is written for. */
export interface ChosenConnection {
  readonly destination: Destination;
  /** The address of the host that it ends at; null where a proxy looked the name up and kept it to itself. */
  readonly target: string | null;
  /** Whether another request was sent on it before. */
  readonly isUsed: boolean;
}

/** A request, ready to be sent. */
export interface PreparedRequest {
  readonly head: RequestHead;
  readonly body: Uint8Array | BodyStream | null;
}

/** A response that is there, whole. */
export interface CompleteResponse {
  readonly status: number;
  /** Whether it is a redirect that is followed: its content was thrown away. */
  readonly isRedirect: boolean;
  /** @throws TransferFailure OUT_OF_MEMORY for too much for one Buffer */
  takeContent(): Buffer;
}

/** Who wants an exchange, and is told how it goes. */
export interface ExchangeClient {
  /** Bytes of content; 0 is no limit. */
  readonly maxFileSize: number;
  /** It had to wait, and now has its turn: a connection that is there, or one that is being opened. */
  onAdmitted(): void;
  /** Writes the request. What it throws is a failure, and the connection goes to somebody else. */
  makeRequest(connection: ChosenConnection): PreparedRequest;
  /** Whether a response of this status with these headers is a redirect that is followed. */
  isRedirect(status: number, rawHeaders: readonly Buffer[]): boolean;
  /** A head came, of so many bytes with the interim ones before it. False if that was too many. */
  onHead(bytes: number): boolean;
  /** So many bytes of content came. False if that was too many. */
  onContent(bytes: number): boolean;
  /** Either this is called, once, or `onFailure`, unless the exchange is cancelled. */
  onResponse(response: CompleteResponse): void;
  /** `isStale`: it was the used connection that was at fault, and not a byte of a response came. */
  onFailure(error: unknown, how: { readonly phase: Phase; readonly isStale: boolean }): void;
}

/** One exchange, from asking for a connection to the end of the response. */
export interface PendingExchange {
  /** Called once. The client may hear of it before this returns. */
  start(): void;
  /** The client hears nothing more: what was being opened, sent or received for it is gone. */
  cancel(): void;
}

/** Where exchanges come from. A call knows the connections by this alone. */
export interface ExchangeSource {
  prepare(client: ExchangeClient, needs: ExchangeNeeds): PendingExchange;
}
