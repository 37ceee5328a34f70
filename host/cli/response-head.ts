import { STATUS_CODES } from "node:http";
import { type ResponseHeaders, reasonOf } from "../api/response-headers.ts";

/** What is shown of the head of a response. */
export interface ShownHead {
  readonly status: number;
  readonly headers?: ResponseHeaders | undefined;
}

/** The name of a version of HTTP. */
export function versionName(protocol: "h2" | "http/1.1" | undefined): string {
  return protocol === "h2" ? "HTTP/2" : "HTTP/1.1";
}

/** The lines of a head, each character a byte: the status line, and the headers as they came. */
export function headLines({ status, headers }: ShownHead, protocol: "h2" | "http/1.1" | undefined): string[] {
  // HTTP/2 has no reason. What an event says of a redirect has none either.
  const said = headers === undefined ? STATUS_CODES[status] : reasonOf(headers);
  const reason = protocol === "h2" ? "" : (said ?? "");
  const line = `${versionName(protocol)} ${status} ${reason}`.trimEnd();
  return [line, ...[...(headers ?? [])].map(([name, value]) => `${name}: ${value}`)];
}
