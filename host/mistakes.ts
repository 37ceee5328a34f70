import { HttpBackgroundError } from "./api/errors.ts";
import { isFile } from "./api/file.ts";
import type { CallOptions } from "./api/types.ts";
import type { Network } from "./network/network.ts";

interface MistakenCall {
  /** `[id, url, options, post]` */
  readonly given: readonly unknown[];
  readonly network: Network;
}

/** The name of the wrong value, and what is wrong with it. */
interface Finding {
  readonly option: string;
  readonly sentence: string;
}

/** What each option must be, if it must not be text. */
const KINDS: Readonly<Partial<Record<keyof CallOptions, string>>> = {
  timeout: "a number",
  connect_timeout: "a number",
  max_file_size: "a number",
  redirects: "a number",
  tls_verify_peer: "true or false",
  tls_verify_host: "true or false",
  tls_client_cert: "an object with x509 and privatekey",
};

/** Only a length can be wrong in the headers. */
const LENGTH_ADVICE =
  'a Content-Length is digits alone, such as "Content-Length: 5015"; without one, a File is sent in chunks';

/** What the caller should give instead of an object of this class. */
const WAYS_OUT: readonly (readonly [name: string, advice: string])[] = [
  ["URL", "give its href"],
  ["URLSearchParams", "give its toString()"],
  ["FormData", "give its entries as { name: { data } }"],
  ["Promise", "await it"],
  ["Response", "give its body"],
];

/**
 * Adds two members to a mistake and keeps the original's message: `option` is the name of the wrong value, and `cause`
 * says in a sentence what is wrong with it. The sentence does not show the value, because it may be a secret.
 */
export function explainMistake(mistake: HttpBackgroundError, call: MistakenCall): HttpBackgroundError {
  const finding = tryToFind(mistake, call);
  if (finding === undefined) return mistake;
  const { option, sentence } = finding;
  return new HttpBackgroundError(mistake.code, mistake.message, { option, cause: new TypeError(sentence) });
}

/** Gives undefined if the caller's objects throw when they are read. */
function tryToFind(mistake: HttpBackgroundError, call: MistakenCall): Finding | undefined {
  try {
    return find(mistake, call);
  } catch {
    return undefined;
  }
}

function find({ code, message, option }: HttpBackgroundError, call: MistakenCall): Finding | undefined {
  const [id, url, options, post] = call.given;
  if (code === "UNKNOWN_THREAD") return { option: "id", sentence: unknownThread(id, call.network.ids) };
  if (code === "BAD_OPTION" && option !== undefined) return wrongOption(option, memberOf(options, option));
  switch (message) {
    case "Bad ID parameter":
      return wrong("id", id, "text");
    case "Bad URL parameter":
      return wrong("url", url, "text");
    case "Bad options parameter":
      return wrong("options", options, "an object or a Map");
    case "Bad type of POST parameter":
      return wrong("post", post, "text, bytes, a File, or an object of parts");
    case "Bad data type":
      return wrongPart(post);
    default:
      return undefined;
  }
}

function wrongOption(option: string, value: unknown): Finding {
  if (option === "headers") return { option, sentence: LENGTH_ADVICE };
  const kind = (KINDS as Readonly<Record<string, string>>)[option] ?? "text";
  const isEndless = typeof value === "number" && !Number.isFinite(value);
  return wrong(option, value, isEndless ? `a finite number` : kind);
}

function unknownThread(id: unknown, ids: readonly string[]): string {
  const text = typeof id === "string" ? id : Buffer.from(id as Uint8Array).toString();
  const known = ids.map((name) => JSON.stringify(name)).join(", ");
  return `there is no thread ${JSON.stringify(text)}; the configuration has ${known || "none"}`;
}

function wrong(option: string, value: unknown, kind: string): Finding {
  const name = nameOf(value);
  const advice = WAYS_OUT.find(([candidate]) => name === `a ${candidate}`)?.[1];
  const hint = advice === undefined ? "" : `: ${advice}`;
  return { option, sentence: `${option} must be ${kind}, and is ${name}${hint}` };
}

/** The first part that is not valid, in the order in which the guest looks at them. */
function wrongPart(post: unknown): Finding {
  for (const [name, part] of entriesOf(post)) {
    const option = `post.${name}`;
    if (typeof part !== "object" || part === null || isData(part) || Array.isArray(part))
      return wrong(option, part, "an object with data");
    const data = memberOf(part, "data");
    if (!isData(data)) return wrong(`${option}.data`, data, "text, bytes or a File that is open");
  }
  return { option: "post", sentence: "a part of post has no data" };
}

function isData(value: unknown): boolean {
  if (typeof value === "string" || ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return true;
  // The descriptor of a FileHandle that is closed is -1.
  return (
    typeof value === "object" && value !== null && isFile(value) && (value as { fd?: unknown }).fd !== -1
  );
}

function entriesOf(post: unknown): (readonly [name: string, part: unknown])[] {
  if (post instanceof Map) return [...post].map(([name, part]) => [String(name), part]);
  return Object.keys(Object(post)).map((name) => [name, memberOf(post, name)]);
}

/** Reads a member without calling a getter. */
function memberOf(value: unknown, name: string): unknown {
  if (value instanceof Map) return value.get(name);
  return Object.getOwnPropertyDescriptor(Object(value), name)?.value;
}

/** What a value is, in words. */
function nameOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return "an array";
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return "bytes";
  if (typeof value === "string") return "text";
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  if (typeof value !== "object") return `a ${typeof value}`;
  const name: unknown = Object.getPrototypeOf(value)?.constructor?.name;
  return typeof name === "string" && name !== "Object" ? `a ${name}` : "an object";
}
