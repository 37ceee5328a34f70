import type { ErrorCode } from "../../api/errors.ts";
import type {
  CompleteResponse,
  PreparedRequest,
  Protocol,
  Retry,
  StartedResponse,
} from "../exchange/exchange.ts";
import type { Destination } from "../route/destination.ts";
import type { AskingRun } from "../transfer/asking-run.ts";
import type { ContentFlow, ContentSink } from "../transfer/content-flow.ts";
import type { Phase } from "../transfer/failure-table.ts";
import type { RawFields } from "../transfer/header-fields.ts";
import type { Permit } from "../transfer/policy.ts";

/** What a call needs to send one request. */
export interface ExchangeNeeds {
  readonly destination: Destination;
  /** Whether the connection must be a new one that was never used. */
  readonly isFresh: boolean;
  /** Milliseconds for lookup, TCP, proxy and TLS together. */
  readonly connectTimeoutMs: number;
  /** Called for every address before it is dialled; null allows all addresses. */
  readonly policy: Permit | null;
  /** Whose share of lookups and connections it uses: a run of a script; null for the application. */
  readonly asker: AskingRun | null;
  /** Who may share a connection of several exchanges; null for the application. Others get other connections. */
  readonly tenancy: string | null;
}

/** The connection on which a request will be sent. */
export interface ChosenConnection {
  readonly destination: Destination;
  /** The address of the host at its end; null if a proxy looked the name up, because a proxy does not tell us. */
  readonly target: string | null;
  readonly protocol: Protocol;
  /** See `numberOf`. */
  readonly number: number;
}

/** The one who wants an exchange. Its methods are called while the exchange runs. */
export interface ExchangeClient {
  /** Maximum number of bytes of content; 0 means no limit. */
  readonly maxFileSize: number;
  /** Runs a step in the asynchronous context of the client's caller. A connection may be free in another. */
  inContext(step: () => void): void;
  /** Called if it had to wait, when its turn has come. It gets a connection, or one is being opened for it. */
  onAdmitted(): void;
  /** Makes the request. If it throws, the exchange fails, and the connection goes to somebody else. */
  makeRequest(connection: ChosenConnection): PreparedRequest;
  /** Whether a response of this status with these headers is a redirect that is followed. */
  isRedirect(status: number, fields: RawFields): boolean;
  /** Called with the size of a head and of the interim heads before it. Returns false if this is too much. */
  onHead(bytes: number): boolean;
  /** See `ExchangeOwner.onStart`. */
  onStart(response: StartedResponse, flow: ContentFlow): ContentSink | null;
  /** Called with the number of bytes of content that came. Returns false if this is too much. */
  onContent(bytes: number): boolean;
  /** Either this or `onFailure` is called, once. If the exchange is cancelled, neither is called. */
  onResponse(response: CompleteResponse): void;
  /** `retry`: how the request may be sent again; null if it must not. */
  onFailure(error: unknown, how: { readonly phase: Phase; readonly retry: Retry | null }): void;
}

/** One exchange, from the request for a connection to the end of the response. */
export interface PendingExchange {
  /** Called once. It may call methods of the client before it returns. */
  start(): void;
  /**
   * No method of the client is called any more. What was being opened, sent or received for it is gone.
   *
   * @param code How the call has ended that wants it no more; undefined if that had a response
   */
  cancel(code?: ErrorCode): void;
}

/** It makes exchanges. This is all that a call knows of connections. */
export interface ExchangeSource {
  prepare(client: ExchangeClient, needs: ExchangeNeeds): PendingExchange;
}

/** The exchanges of a thread: those of its pool, or what a test has put in their place. */
export interface Exchanges extends ExchangeSource {
  /** Number of exchanges for which no connection is being opened yet. */
  readonly queued: number;
  /** Number of connections that are open and not in use. */
  readonly idle: number;
  /** Number of open connections that speak HTTP/2. */
  readonly http2: number;
  /** Closes connections as soon as nobody uses them. Resolves when none is left. */
  close(): Promise<void>;
  /** Destroys all connections at once. The exchanges on them fail. */
  destroy(): void;
}
