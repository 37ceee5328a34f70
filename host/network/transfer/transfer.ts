import type { X509Certificate } from "node:crypto";
import type { Progress } from "../../api/calls.ts";
import type { Body } from "./body.ts";
import type { ByteString } from "./byte-string.ts";
import type { CancellableFlow, ContentSink } from "./content-flow.ts";
import type { FailedOutcome } from "./failures.ts";
import type { Received } from "./received.ts";

/** One transfer, as the guest asks for it. Types are checked and numbers are normalised; values are not checked. */
export interface Transfer {
  /** Id of a configured thread. */
  thread: string;
  url: ByteString;
  /** As the caller gave it; null if the option was not given. */
  method: ByteString | null;
  /** Lines in curl's grammar (`Name: value`, `Name:`, `Name;`), in order. They are not parsed yet. */
  headers: readonly ByteString[];
  body: Body | null;
  /** Whole seconds from the start of the call; 0 means no limit. */
  timeout: number;
  /** Whole seconds for each connection; 0 means the default, 300. */
  connectTimeout: number;
  /** Maximum number of bytes of the response body; 0 means no limit. */
  maxFileSize: number;
  /** Maximum number of redirects that are followed; -1 means no limit. */
  redirects: number;
  tlsVerifyPeer: boolean;
  tlsVerifyHost: boolean;
  clientCertificate: ClientCertificate | null;
  /** null: the environment decides. "": no proxy. */
  proxy: ByteString | null;
  /** null or "": the system chooses. */
  sourceip: ByteString | null;
  username: ByteString | null;
  password: ByteString | null;
  awsSigv4: ByteString | null;
  /** "1.1" or "2"; null, the default: that of the thread. It is not checked yet. */
  httpVersion?: ByteString | null | undefined;
  /** If true, no header can remove the framing of the body. */
  isAlwaysFramed?: boolean | undefined;
  /**
   * Called for all content when it comes, also for content of redirects and of transfers that fail. If it returns
   * false, the transfer ends.
   */
  onContent?: ((bytes: number) => boolean) | undefined;
  /** Learns how far the transfer is, while it goes on. What it throws changes nothing. */
  onProgress?: ((progress: Progress) => unknown) | undefined;
  /**
   * The codings of content are asked for, and taken off. What is done with a coding that is not known: "all" refuses
   * it, "known" leaves the content as it is.
   */
  codings?: "all" | "known" | undefined;
}

/** A client's certificate, its key, and the certificates above it: PEM, or objects that Node has parsed already. */
export interface ClientCertificate {
  certificate: X509Certificate | Uint8Array;
  /** PEM of a private key. If the caller gave a KeyObject, it comes from `KeyObject.export`. */
  privateKey: Uint8Array;
  chain: (X509Certificate | Uint8Array)[];
}

/** Whoever asks for a transfer. */
export interface TransferOwner {
  /**
   * If it is there, the owner takes the content when it comes. It is called once, with the head of the last response;
   * not if the transfer fails before. `onEnd` follows when the content has ended, and its outcome has no content.
   */
  onStart?(status: number, received: Received, flow: CancellableFlow): ContentSink;
  /**
   * Called once, in the asynchronous context in which the transfer was started.
   *
   * @param received what else is known of the response; null if there is none
   */
  onEnd(outcome: Outcome, received: Received | null): void;
}

/** How a transfer ended. */
export type Outcome = { status: number; content: Buffer } | FailedOutcome;
