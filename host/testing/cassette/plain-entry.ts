import { isIP } from "node:net";
import { HIDDEN } from "../request/secret-values.ts";

type Members = Record<string, unknown>;

/**
 * The entry of a program that does not keep to the format: a member that is null is as one that is missing, a number is
 * its text, and what is missing is empty. A response that never came has the status 0, and a body that the program does
 * not tell may be any. What is no entry stays as it is.
 */
export function plainEntry(entry: unknown): unknown {
  if (!isMembers(entry)) return entry;
  const { request, response } = entry;
  const plain = { ...entry };
  if (isMembers(request)) plain.request = plainRequest(request);
  if (isMembers(response ?? {})) plain.response = plainResponse((response ?? {}) as Members);
  if (!isAddress(entry.serverIPAddress)) delete plain.serverIPAddress;
  return plain;
}

function plainRequest(given: Members): Members {
  const request = withoutNulls(given);
  const { postData } = request;
  if (isMembers(postData)) {
    const post = withoutNulls(postData);
    request.postData = { ...withPairs(withoutEmptyText(post), ["params"]), mimeType: textOf(post.mimeType) };
  }
  const plain = withPairs({ headers: [], ...request }, ["headers", "cookies", "queryString"]);
  if (lacksBody(plain)) plain.postData = { mimeType: "", ...postOf(plain), text: HIDDEN };
  return plain;
}

/**
 * Whether there was a body and the program does not tell it, as browsers do with files and bytes. Then it may have been
 * anything.
 */
function lacksBody(request: Members): boolean {
  const { text = "", params = [], mimeType } = postOf(request);
  if (text !== "" || !Array.isArray(params)) return false;
  // Of a multipart body, the fields are not the bytes.
  if (params.length > 0) return /^multipart\//i.test(String(mimeType));
  return Number(request.bodySize) > 0 || toldLength(request) > 0;
}

/** Beside fields, some write an empty text. */
function withoutEmptyText(post: Members): Members {
  const { text, ...rest } = post;
  return text === "" && Array.isArray(post.params) && post.params.length > 0 ? rest : post;
}

function postOf({ postData }: Members): Members {
  return isMembers(postData) ? postData : {};
}

function toldLength({ headers }: Members): number {
  if (!Array.isArray(headers)) return 0;
  const told = headers.filter(isMembers).find(({ name }) => String(name).toLowerCase() === "content-length");
  return Number(told?.value);
}

function plainResponse(given: Members): Members {
  const response = withoutNulls(given);
  // For an exchange that has failed, some write -1, and some nothing.
  const { status = 0, content = {} } = response;
  response.status = isNumeric(status) ? Math.max(0, Number(status)) : status;
  response.content = isMembers(content) ? plainContent(content) : content;
  return withPairs({ headers: [], ...response }, ["headers", "cookies"]);
}

function plainContent(given: Members): Members {
  const content = withoutNulls(given);
  const { encoding } = content;
  return typeof encoding === "string" ? { ...content, encoding: encoding.toLowerCase() } : content;
}

function isNumeric(value: unknown): boolean {
  return typeof value === "number" || (typeof value === "string" && /^-?\d{1,3}$/.test(value));
}

function withPairs(members: Members, lists: readonly string[]): Members {
  const plain = { ...members };
  for (const key of lists) {
    const list = members[key];
    if (Array.isArray(list))
      plain[key] = list.map((pair: unknown) => (isMembers(pair) ? plainPair(pair, key) : pair));
  }
  return plain;
}

function plainPair(pair: Members, list: string): Members {
  // A file in a form has no value.
  if (pair.value === undefined && list === "params") return pair;
  return { ...pair, value: textOf(pair.value) };
}

function withoutNulls(members: Members): Members {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null));
}

function textOf(value: unknown): unknown {
  if (value === undefined || value === null) return "";
  return typeof value === "number" || typeof value === "boolean" ? String(value) : value;
}

/** Some programs put it in brackets, and some write what is no address. */
function isAddress(value: unknown): boolean {
  return typeof value === "string" && isIP(value.replace(/^\[|\]$/g, "")) !== 0;
}

function isMembers(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
