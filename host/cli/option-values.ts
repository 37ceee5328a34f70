import { isKeyed } from "../api/keyed.ts";
import { nearestName } from "../api/nearest-name.ts";
import type { StringLike } from "../index.ts";
import { Mistake } from "./command.ts";
import { reasonOf } from "./file-words.ts";
import { readInput, TimedOut } from "./input.ts";
import { asBytes } from "./raw-arguments.ts";

type Reader = (text: string, name: string, signal?: AbortSignal) => unknown | Promise<unknown>;

/** All options of `http_background`, and how to read their values from a command line. After a dot comes a member. */
const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ["timeout", readNumber],
  ["connect_timeout", readNumber],
  ["max_file_size", readNumber],
  ["redirects", readNumber],
  ["method", readString],
  ["headers", readHeaders],
  ["username", readString],
  ["password", readString],
  ["aws_sigv4", readString],
  ["encoder", readString],
  ["proxy", readString],
  ["sourceip", readString],
  ["http_version", readString],
  ["tls_verify_peer", readBoolean],
  ["tls_verify_host", readBoolean],
  ["tls_client_cert", readJson],
  ["tls_client_cert.x509", readPem],
  ["tls_client_cert.privatekey", readPem],
  ["tls_client_cert.chain", async (path, name, signal) => [await readPem(path, name, signal)]],
]);

/** The names that `-O` accepts. */
export const OPTION_NAMES: readonly string[] = [...READERS.keys()];

interface Options {
  [name: string]: unknown;
}

/**
 * Makes the options of one call from the values of all `-O`. Lists (`headers`, `tls_client_cert.chain`) may be given
 * many times, all other options once.
 *
 * @throws {Mistake} for an unknown option, a value of the wrong type, or a file that cannot be read
 */
export async function readOptions(assignments: readonly string[], signal?: AbortSignal): Promise<Options> {
  const options: Options = {};
  for (const assignment of assignments) {
    const equals = assignment.indexOf("=");
    if (equals === -1) throw new Mistake(`-O ${assignment}: an option is written name=value`);
    const name = assignment.slice(0, equals);
    const read = READERS.get(name);
    if (read === undefined) {
      const nearest = nearestName(name, OPTION_NAMES);
      const hint =
        nearest === undefined ? `the options are ${OPTION_NAMES.join(", ")}` : `did you mean ${nearest}?`;
      throw new Mistake(`-O ${name}: there is no such option; ${hint}`);
    }
    setOption(options, name, await read(assignment.slice(equals + 1), name, signal));
  }
  return options;
}

function setOption(options: Options, name: string, value: unknown): void {
  const [head = "", ...tail] = name.split(".");
  const earlier = options[head];
  if (tail.length > 0) {
    const inner = isKeyed(earlier) ? (earlier as Options) : {};
    setOption(inner, tail.join("."), value);
    options[head] = inner;
  } else if (Array.isArray(earlier) && Array.isArray(value)) {
    // One by one: a list in JSON may be longer than a function may have arguments.
    for (const one of value) earlier.push(one);
  } else if (earlier !== undefined) {
    throw new Mistake(`-O ${name}: it was given before`);
  } else {
    options[head] = value;
  }
}

function readNumber(text: string, name: string): number {
  const value = Number(text);
  if (text.trim() === "" || Number.isNaN(value)) throw wrong(name, "a number", text);
  return value;
}

function readBoolean(text: string, name: string): boolean {
  if (text !== "true" && text !== "false") throw wrong(name, "true or false", text);
  return text === "true";
}

function readString(text: string): StringLike {
  return asBytes(text);
}

/** One header, or a JSON array of them. No header begins with a bracket (RFC 9110 §5.6.2). */
function readHeaders(text: string, name: string): unknown[] {
  if (!text.startsWith("[")) return [asBytes(text)];
  const headers = readJson(text, name);
  if (!Array.isArray(headers)) throw wrong(name, "a header or a JSON array of them", text);
  return headers;
}

function readJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text, (_, value) => (typeof value === "string" ? asBytes(value) : value));
  } catch {
    throw wrong(name, "JSON", text);
  }
}

async function readPem(path: string, name: string, signal?: AbortSignal): Promise<string> {
  try {
    return (await readInput(path, signal)).toString("utf8");
  } catch (error) {
    if (error instanceof TimedOut) throw error;
    throw new Mistake(`-O ${name}: ${path}: ${reasonOf(error)}`, { cause: error });
  }
}

function wrong(name: string, expected: string, got: string): Mistake {
  return new Mistake(`-O ${name}: it takes ${expected}, not "${got}"`);
}
