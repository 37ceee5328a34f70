import type { BodyStream } from "../body/request-body.ts";
import type { RequestHead } from "../request/request.ts";
import type { ContentFlow, ContentSink } from "../transfer/content-flow.ts";
import type { Phase } from "../transfer/failure-table.ts";
import type { RawFields } from "../transfer/header-fields.ts";
import type { KeptHead } from "../transfer/kept-head.ts";

/** How many exchanges may run on one connection at the same time, if its peer allows it (CURLMOPT_MAX_CONCURRENT_STREAMS). */
export const MOST_STREAMS = 100;

/** A request that is ready to be sent. */
export interface PreparedRequest {
  readonly head: RequestHead;
  readonly body: Uint8Array | BodyStream | null;
}

/** A complete response. */
export interface CompleteResponse {
  readonly status: number;
  readonly protocol: Protocol;
  /** Whether it is a redirect that is followed. Then its content was thrown away. */
  readonly isRedirect: boolean;
  /** The head of the response, without interim heads. */
  readonly head: KeptHead;
  /** @throws TransferFailure OUT_OF_MEMORY if the content does not fit into one Buffer */
  takeContent(): Buffer;
}

/** A response whose head has come. */
export type StartedResponse = Pick<CompleteResponse, "status" | "head">;

/** The part of the owner of an exchange that a response needs: it has the limits, and is told what comes. */
export interface ResponseOwner {
  /** Maximum number of bytes of content; 0 means no limit. */
  readonly maxFileSize: number;
  /**
   * Whether a response with this status and these headers is a redirect that is followed. Its content is thrown away.
   */
  isRedirect(status: number, fields: RawFields): boolean;
  /** Called with the size of a head and of the interim heads before it. Returns false if this is too much. */
  onHead(bytes: number): boolean;
  /**
   * Called once, before any content of a response that is no redirect. Returns who takes the content; null if it is
   * kept until the response is complete.
   */
  onStart(response: StartedResponse, flow: ContentFlow): ContentSink | null;
  /** Called with the number of bytes of content that came. Returns false if this is too much. */
  onContent(bytes: number): boolean;
}

/** The owner of an exchange. Its methods are called while the exchange runs. */
export interface ExchangeOwner extends ResponseOwner {
  /** Called once, in its own tick, when the response is complete. Never called after a failure. */
  onResponse(response: CompleteResponse): void;
  /** Called once, if there will be no response. */
  onFailure(exchange: Exchange, error: unknown): void;
}

/**
 * Where a request that got no answer may be sent again: on a connection that was never used, on any other connection, or
 * on one of HTTP/1.1. "in turn": elsewhere, and any number of times, because the server did process others before it.
 */
export type Retry = "fresh" | "elsewhere" | "in turn" | "http/1.1";

/** One request and its response on one connection. */
export interface Exchange {
  /** How far it is. */
  readonly phase: Phase;
  /** After a failure: how the request may be sent again; null if it must not. */
  readonly retry: Retry | null;
  /** Called once. Methods of the owner may be called before it returns. */
  send(request: PreparedRequest): void;
  /** Ends it without calling its owner. Nothing more is read of its body, and nothing more is received for it. */
  cancel(): void;
}

/** Whoever has a connection. */
export interface ConnectionOwner {
  /** Called once, when it has closed. */
  onClosed(): void;
  /** `capacity` has changed. */
  onCapacity(): void;
}

/** The versions of HTTP, as ALPN names them. */
export type Protocol = "h2" | "http/1.1";

/** One connection, whichever version of HTTP it speaks. */
export interface Connection {
  readonly protocol: Protocol;
  /** Whether the peer has not said yet how many exchanges may run at the same time. */
  readonly isSettling: boolean;
  /** See `targetAddress`. */
  readonly target: string | null;
  /** How many exchanges may run on it at the same time; 0 if no other may begin. */
  readonly capacity: number;
  /** An exchange that takes a part of the capacity. */
  newExchange(owner: ExchangeOwner): Exchange;
  /** Called when it is open, and nothing was sent by the one who had it. The peer must be silent from now on. */
  free(): void;
  /** Closes it in both directions. It is not used. When it reports its end, the peer has closed it too. */
  close(): void;
  /** Closes it at once. The exchanges on it fail. */
  destroy(): void;
}
