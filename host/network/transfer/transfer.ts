import type { X509Certificate } from "node:crypto";
import type { Body } from "./body.ts";
import type { ByteString } from "./byte-string.ts";
import type { FailedOutcome } from "./failures.ts";

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

/** How a transfer ended. */
export type Outcome = { status: number; content: Buffer } | FailedOutcome;
