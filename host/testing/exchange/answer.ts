import type { Protocol } from "../../network/exchange/exchange.ts";
import type { ByteString } from "../../network/transfer/byte-string.ts";
import type { Phase } from "../../network/transfer/failure-table.ts";
import type { SentRequest } from "./sent-request.ts";

/** What goes wrong, or slowly, while an answer is given. */
export interface Faults {
  /** Milliseconds before anything comes. */
  readonly delayMs?: number | undefined;
  /** The content comes in pieces, with a pause before each. */
  readonly trickle?: { readonly bytes: number; readonly everyMs: number } | undefined;
  /** After so many bytes of content, it fails. */
  readonly breaks?: { readonly after: number; readonly error: () => unknown } | undefined;
}

/** A response. */
export interface GivenResponse {
  readonly kind: "response";
  readonly status: number;
  /** Name, value, name, value, … */
  readonly fields: readonly ByteString[];
  readonly content: Buffer;
  readonly protocol: Protocol;
  readonly faults: Faults;
}

/** An exchange that fails before there is a response. */
export interface GivenFailure {
  readonly kind: "failure";
  readonly error: unknown;
  readonly phase: Phase;
  readonly faults: Faults;
}

/** What becomes of an exchange: something comes; nothing ever comes; or the real connections are asked. */
export type Answer = GivenResponse | GivenFailure | { readonly kind: "silence" } | AskNetwork;

/** The exchange is made on a connection. */
export interface AskNetwork {
  readonly kind: "network";
  /** Learns how it went; null if nobody wants to know. */
  readonly observer: ExchangeObserver | null;
}

/** How an exchange on a connection went. */
export interface SeenExchange {
  readonly request: SentRequest;
  /** When it was begun. */
  readonly date: Date;
  readonly address: string | null;
  /** Milliseconds: until the request was made on a connection, then until the head came, then until all had come. */
  readonly timings: { readonly blocked: number; readonly wait: number; readonly receive: number };
  /** null if no head came. */
  readonly response: Omit<GivenResponse, "kind" | "faults"> | null;
  /** libcurl's symbol for how it ended, as a result has it; null if the response is complete. */
  readonly code: string | null;
}

/** Whoever wants to know how exchanges on connections went. */
export interface ExchangeObserver {
  onSeen(seen: SeenExchange): void;
}

/** How a connection can end too early: errors as they come from a socket. */
export const BREAKS: Readonly<Record<"cut" | "reset", () => Error>> = {
  cut: () => Object.assign(new Error("other side closed"), { code: "UND_ERR_SOCKET" }),
  reset: () => Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET", syscall: "read" }),
};
