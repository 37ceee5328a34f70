import type { X509Certificate } from "node:crypto";
import type { ErrorCode } from "../../api/errors.ts";
import type { TakeBuffer } from "../body/chunk-buffers.ts";
import type { Policy } from "../policy/policy.ts";

/**
 * A string of bytes, one character a byte (latin1). The original takes strings as bytes; so are URLs,
 * headers, credentials and names kept from the guest to the wire.
 */
export type ByteString = string;

/** One transfer as the guest asks for it: types checked, numbers normalised, values not. */
export interface Transfer {
  /** Id of a configured thread. */
  thread: string;
  url: ByteString;
  /** Verbatim; null when the option was not given. */
  method: ByteString | null;
  /** Entries in curl's grammar (`Name: value`, `Name:`, `Name;`), in order, unparsed. */
  headers: ByteString[];
  body: Body | null;
  /** Whole seconds from the call on; 0 is no limit. */
  timeout: number;
  /** Whole seconds for each connection; 0 is the default of 300. */
  connectTimeout: number;
  /** Bytes of the response body; 0 is no limit. */
  maxFileSize: number;
  /** Hops; 0 follows none, -1 any number. */
  redirects: number;
  tlsVerifyPeer: boolean;
  tlsVerifyHost: boolean;
  clientCertificate: ClientCertificate | null;
  /** null: the environment decides. "": none. */
  proxy: ByteString | null;
  /** null or "": none. */
  sourceip: ByteString | null;
  username: ByteString | null;
  password: ByteString | null;
  awsSigv4: ByteString | null;
  /** Told of content as it comes, that of redirects and of transfers that fail as well; false ends the transfer. */
  onContent?: ((bytes: number) => boolean) | undefined;
}

/** A client's certificate, its key and the chain above it: PEM, or what Node parsed already. */
export interface ClientCertificate {
  certificate: X509Certificate | Uint8Array;
  /** PEM of a private key, or what `KeyObject.export` gave. */
  privateKey: Uint8Array;
  chain: (X509Certificate | Uint8Array)[];
}

/** What a request carries. */
export interface Body {
  /** What the `post` argument was: decides about redirects, default headers and payload hashes. */
  readonly kind: "string" | "file" | "multipart";
  /** The Content-Type that is sent unless the caller's headers say otherwise; null is none. */
  readonly contentType: string | null;
  /** Exact length in bytes; -1 makes the request chunked. */
  readonly length: number;
  /** The whole body, if no part of it is a source. */
  readonly bytes: Uint8Array | null;
  /** Whether `open` was called and a byte of a source was read. */
  readonly started: boolean;
  /** Whether `open` gives the same bytes again although `started`. */
  readonly replayable: boolean;
  /**
   * The bytes from the start on, a chunk at a time, as fast as they are taken. Rejects with a TransferFailure.
   *
   * @param take Where chunks come from that are made for this. @default fresh ones
   */
  open(take?: TakeBuffer): AsyncIterable<Uint8Array>;
  /** Lets go of what the sources hold open. Nothing is read afterwards. */
  close(): void;
}

/** How a transfer ended. */
export type Outcome = { status: number; content: Buffer } | { error: string; code: ErrorCode };

/** As much of an AbortSignal as is used. */
export type CancelSignal = Pick<AbortSignal, "aborted" | "addEventListener" | "removeEventListener">;

/** What a caller can add to a transfer from outside. */
export interface PerformOptions {
  /** Ends the transfer with ABORTED_BY_CALLBACK, in any phase, at once. */
  signal?: CancelSignal | undefined;
  /** Takes the place of the network's own policy; null allows all. */
  policy?: Policy | null | undefined;
}
