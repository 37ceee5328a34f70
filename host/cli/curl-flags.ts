import { Mistake } from "./command.ts";
import { readInput } from "./input.ts";
import { isText } from "./raw-arguments.ts";

/** Flags of the curl command that set options of a call. */
export const CURL_FLAGS = {
  request: { type: "string", short: "X" },
  header: { type: "string", short: "H", multiple: true },
  head: { type: "boolean", short: "I" },
  location: { type: "boolean", short: "L" },
  user: { type: "string", short: "u" },
  "user-agent": { type: "string", short: "A" },
  insecure: { type: "boolean", short: "k" },
  proxy: { type: "string", short: "x" },
  "max-time": { type: "string", short: "m" },
  "connect-timeout": { type: "string" },
} as const;

interface CurlFlags {
  request?: string | undefined;
  header?: string[] | undefined;
  head?: boolean | undefined;
  location?: boolean | undefined;
  user?: string | undefined;
  "user-agent"?: string | undefined;
  insecure?: boolean | undefined;
  proxy?: string | undefined;
  "connect-timeout"?: string | undefined;
  json?: string[] | undefined;
}

/** The most redirects of `curl -L`. */
const MOST_REDIRECTS = 50;

/**
 * What these flags mean, as values of `-O`.
 *
 * @throws Mistake
 */
export async function assignmentsOf(flags: CurlFlags, signal?: AbortSignal): Promise<string[]> {
  const headers = await readHeaderLines(flags, signal);
  return [
    ...assign("method", flags.request ?? (flags.head ? "HEAD" : undefined)),
    ...headers.map((line) => `headers=${line}`),
    ...assign("redirects", flags.location ? String(MOST_REDIRECTS) : undefined),
    ...(flags.user === undefined ? [] : loginOf(flags.user)),
    ...(flags.insecure ? ["tls_verify_peer=false", "tls_verify_host=false"] : []),
    ...assign("proxy", flags.proxy),
    ...assign("connect_timeout", flags["connect-timeout"]),
  ];
}

function assign(name: string, value: string | undefined): string[] {
  return value === undefined ? [] : [`${name}=${value}`];
}

async function readHeaderLines(flags: CurlFlags, signal?: AbortSignal): Promise<string[]> {
  const lines: string[] = [];
  for (const given of flags.header ?? []) lines.push(...(await linesOf(given, signal)));
  if (flags["user-agent"] !== undefined) lines.push(`User-Agent: ${flags["user-agent"]}`);
  if (flags.json === undefined) return lines;
  const isGiven = (name: string): boolean =>
    lines.some((line) => line.toLowerCase().startsWith(name) && /^[:;]/.test(line.slice(name.length)));
  if (!isGiven("content-type")) lines.push("Content-Type: application/json");
  if (!isGiven("accept")) lines.push("Accept: application/json");
  return lines;
}

/** A line, or with `@FILE` the lines of a file. */
async function linesOf(given: string, signal?: AbortSignal): Promise<string[]> {
  if (!given.startsWith("@")) return [checked(given)];
  const text = await readInput(given.slice(1), signal).catch((error: Error) => {
    if (error.name === "TimedOut") throw error;
    throw new Mistake(`-H ${given}: ${error.message}`, { cause: error });
  });
  const lines = text.toString("utf8").split(/\r?\n/);
  return lines.filter((line) => line !== "").map(checked);
}

/** What the library would ignore is a mistake here. */
function checked(line: string): string {
  if (/^[^:]+[:]/.test(line) || (isText(line) && /^[^:;]+;$/.test(line))) return line;
  throw new Mistake(`-H "${line}": a header is written "Name: value", "Name:" or "Name;"`);
}

function loginOf(user: string): string[] {
  const colon = user.indexOf(":");
  if (colon === -1) throw new Mistake("-u: it takes USER:PASSWORD");
  return [`username=${user.slice(0, colon)}`, `password=${user.slice(colon + 1)}`];
}
