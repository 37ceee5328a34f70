import { refuseUnseen, refusing } from "../../api/refusal.ts";
import type { NamedValue } from "../transfer/header-fields.ts";
import { comparableName } from "../transfer/terms.ts";
import { isHeaderValue, isToken } from "../transfer/tokens.ts";

/** Headers that frame a request, belong to a connection, or say what the caller's body is. */
const NOT_FOR_RULES: ReadonlySet<string> = new Set([
  "host",
  "content-length",
  "content-type",
  "transfer-encoding",
  "connection",
  "keep-alive",
  "upgrade",
  "expect",
  "te",
  "trailer",
  "proxy-authorization",
  "proxy-connection",
]);

/**
 * Reads the headers of a rule. What is wrong is said without the value.
 *
 * @throws HttpBackgroundError BAD_CONFIG, which names the header
 */
export function readSecretHeaders(given: unknown, option: string): readonly NamedValue[] {
  if (given === undefined) return [];
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    return refuseUnseen(option, "must be an object with values by the names of headers");
  }
  const names = new Set<string>();
  return Object.entries(given).map(([name, value]) => {
    const path = `${option}.${name}`;
    checkName(name, path);
    const key = comparableName(name);
    if (names.has(key)) refuseUnseen(path, "is there twice: names have no case");
    names.add(key);
    return [name, readValue(value, path)];
  });
}

function checkName(name: string, path: string): void {
  const refuse = refusing(name, path);
  if (!isToken(name)) refuse("is not the name of a header");
  if (NOT_FOR_RULES.has(comparableName(name))) refuse("cannot be set by a rule");
}

/** The bytes of a value. @throws HttpBackgroundError BAD_CONFIG */
export function readValue(value: unknown, path: string): string {
  if (typeof value !== "string") return refuseUnseen(path, "must be text");
  const bytes = Buffer.from(value, "utf8").toString("latin1");
  if (value.trim() === "" || !isHeaderValue(bytes)) refuseUnseen(path, "is not the value of a header");
  return bytes;
}
