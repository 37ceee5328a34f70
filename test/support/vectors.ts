import { readText } from "./root.ts";
import type { ServerEntry } from "./scripted-server.ts";

/** One recorded call. test/vectors/README.md describes the fields. */
export interface Vector {
  name: string;
  args: unknown[];
  server?: ServerEntry[];
  expect: {
    throws?: string;
    requests: ExpectedRequest[];
    result?: Record<string, unknown>;
  };
}

export interface ExpectedRequest {
  server: number;
  method: string;
  target: string;
  framing: "none" | "length" | "chunked";
  headers: [name: string, value: string][];
  body: string | { sha256: string; length: number };
}

const FILES: Readonly<Record<string, Buffer>> = {
  "hello.txt": Buffer.from("hello world\n"),
  "empty.bin": Buffer.alloc(0),
  "all-bytes.bin": Buffer.from(Array.from({ length: 256 }, (_, i) => i)),
  "pattern-200000.bin": makePattern(200_000),
};

/** The vectors of one file of test/vectors, which is named without its extension. */
export function loadVectors(file: string): Vector[] {
  return JSON.parse(readText(`test/vectors/${file}.json`));
}

/** The arguments of a vector, with its placeholders replaced. `bases` are the URLs of the two servers. */
export function buildArgs(args: readonly unknown[], bases: readonly [string, string]): unknown[] {
  return args.map((arg) => build(arg, bases));
}

function build(value: unknown, bases: readonly [string, string]): unknown {
  if (typeof value === "string") return fill(value, bases);
  if (Array.isArray(value)) return value.map((item) => build(item, bases));
  if (typeof value !== "object" || value === null) return value;
  const [[key, inner] = ["", undefined]] = Object.entries(value);
  const special = SPECIAL[key];
  if (special !== undefined) return special(inner);
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, build(item, bases)]));
}

const SPECIAL: Readonly<Record<string, (value: unknown) => unknown>> = {
  $file: (name) => new Blob([FILES[name as string] as Buffer<ArrayBuffer>]),
  $pattern: (length) => new Blob([makePattern(length as number)]),
  $latin1: (text) => Buffer.from(text as string, "latin1"),
  $repeat: (value) => {
    const [text, length, unit] = value as [string, number, string?];
    return unit === "bytes" ? Buffer.alloc(length, text, "latin1") : text.repeat(length);
  },
};

function fill(text: string, [base, base2]: readonly [string, string]): string {
  return text
    .replaceAll("{{base}}", base)
    .replaceAll("{{base2}}", base2)
    .replaceAll("{{host}}", hostOf(base))
    .replaceAll("{{host2}}", hostOf(base2))
    .replace(/\{\{base-with:(.*?)\}\}/g, (_, user) => base.replace("://", `://${user}@`));
}

/** The `host:port` of a server. */
export function hostOf(base: string): string {
  return base.slice(base.indexOf("//") + 2);
}

/** The answers of the servers, with the same placeholders replaced. */
export function buildServer(
  entries: readonly ServerEntry[],
  bases: readonly [string, string],
): ServerEntry[] {
  return entries.map((entry) => build(entry, bases) as ServerEntry);
}

function makePattern(length: number): Buffer<ArrayBuffer> {
  const bytes = Buffer.alloc(length);
  for (let i = 0; i < length; i++) bytes[i] = (i * 31 + (i >> 8)) & 255;
  return bytes;
}
