import { HIDDEN } from "../request/secret-values.ts";
import { type HarPair, headerOf } from "./har.ts";

/** The value of a header that is secret. Of cookies, the names are kept, and what says where they are sent. */
export function hideHeader({ name, value }: HarPair): string {
  const key = name.toLowerCase();
  if (key !== "cookie" && key !== "set-cookie") return HIDDEN;
  // Some programs join several headers with line ends.
  return value
    .split("\n")
    .map((one) => hideCookies(one, key))
    .join("\n");
}

/** The compression that headers tell. */
export function codingOf(headers: readonly HarPair[]): string {
  return headerOf(headers, "content-encoding")?.value ?? "";
}

function hideCookies(value: string, key: string): string {
  return value
    .split(";")
    .map((pair, index) => {
      const at = pair.indexOf("=");
      if (key === "set-cookie" && index > 0) return pair;
      return at === -1 ? ` ${HIDDEN}` : `${pair.slice(0, at)}=${HIDDEN}`;
    })
    .join(";")
    .trim();
}
