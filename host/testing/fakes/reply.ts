import { HttpBackgroundError } from "../../api/errors.ts";
import type { Protocol } from "../../network/exchange/exchange.ts";
import { isHeaderValue, isToken } from "../../network/transfer/tokens.ts";
import type { GivenResponse } from "../exchange/answer.ts";
import { show } from "./values.ts";

/** Headers by name, or in order; the values of a list are headers of their own. */
export type ReplyHeaders =
  | Readonly<Record<string, string | number | readonly string[]>>
  | Iterable<readonly [name: string, value: string]>;

/** What a server sends: text as UTF-8, bytes, or any other value as JSON. */
export type ReplyContent = unknown;

/** A response. */
export interface Reply {
  /** @default 200 */
  readonly status?: number | undefined;
  readonly headers?: ReplyHeaders | undefined;
  /** With a value that becomes JSON, there is a Content-Type too, unless `headers` has one. @default nothing */
  readonly content?: ReplyContent;
}

/** What becomes the value of a header. */
const SENDABLE: ReadonlySet<string> = new Set(["string", "number", "boolean", "bigint"]);
const CONTENTLESS: ReadonlySet<number> = new Set([204, 304]);

/** @throws HttpBackgroundError BAD_ARGUMENT, which names the wrong member */
export function readReply({ status = 200, headers = {}, content }: Reply): Omit<GivenResponse, "faults"> {
  if (!Number.isInteger(status) || status < 200 || status > 999)
    throw bad("status", `must be a whole number from 200 to 999, and is ${show(status)}`);
  const fields = readHeaders(headers);
  const bytes = readContent(content);
  if (bytes.length > 0 && CONTENTLESS.has(status)) throw bad("content", `a response ${status} has none`);
  if (isJson(content) && !hasField(fields, "content-type")) fields.push("Content-Type", "application/json");
  const protocol: Protocol = "http/1.1";
  return { kind: "response", status, fields, content: bytes, protocol };
}

function readHeaders(headers: ReplyHeaders): string[] {
  if (typeof headers !== "object" || headers === null)
    throw bad("headers", "must be an object or a list of pairs");
  return pairsOf(headers).flatMap(([name, value]) => {
    const bytes = SENDABLE.has(typeof value) ? Buffer.from(String(value), "utf8").toString("latin1") : "\0";
    if (typeof name !== "string" || !isToken(name))
      throw bad("headers", `${show(name)} is not the name of a header`);
    if (!isHeaderValue(bytes)) throw bad("headers", `${show(value)} is not the value of a header`);
    return [name, bytes];
  });
}

/** @param headers A list of pairs, or a `Headers` or a `Map`, which are such lists, or an object */
function pairsOf(headers: ReplyHeaders): [name: unknown, value: unknown][] {
  if (Symbol.iterator in headers) {
    return [...headers].map((pair: unknown) => {
      if (!Array.isArray(pair) || pair.length !== 2)
        throw bad("headers", `${show(pair)} is not a pair of a name and a value`);
      return [pair[0], pair[1]];
    });
  }
  return Object.entries(headers).flatMap(([name, values]) =>
    [values].flat().map((value) => [name, value] as [unknown, unknown]),
  );
}

function readContent(content: unknown): Buffer {
  if (content === undefined || content === null) return Buffer.alloc(0);
  if (typeof content === "string") return Buffer.from(content);
  if (content instanceof ArrayBuffer) return Buffer.from(content.slice(0));
  if (ArrayBuffer.isView(content))
    return Buffer.from(Buffer.from(content.buffer, content.byteOffset, content.byteLength));
  const text = asJson(content);
  if (text === undefined || (text === "{}" && !isPlain(content)))
    throw bad("content", `${show(content)} cannot be sent`);
  return Buffer.from(text);
}

function asJson(content: unknown): string | undefined {
  try {
    return JSON.stringify(content);
  } catch (error) {
    throw bad("content", `is no JSON: ${(error as Error).message}`);
  }
}

/** JSON says nothing of what is in a Blob, a form, a stream, a Map or a promise. */
function isPlain(content: unknown): boolean {
  const { toJSON } = content as { toJSON?: unknown };
  const prototype: unknown = Object.getPrototypeOf(content);
  return typeof toJSON === "function" || prototype === null || Object.getPrototypeOf(prototype) === null;
}

function isJson(content: unknown): boolean {
  const isBytes = content instanceof ArrayBuffer || ArrayBuffer.isView(content);
  return content !== undefined && content !== null && typeof content !== "string" && !isBytes;
}

function hasField(fields: readonly string[], name: string): boolean {
  return fields.some((text, at) => at % 2 === 0 && text.toLowerCase() === name);
}

function bad(option: string, why: string): HttpBackgroundError {
  return new HttpBackgroundError("BAD_ARGUMENT", `${option}: ${why}`, { option });
}
