import { inspect } from "node:util";
import { type Violation, validateConfig } from "./config-validator.js";
import { HttpBackgroundError } from "./errors.ts";
import { isKeyed } from "./keyed.ts";
import { nearestName } from "./nearest-name.ts";

/** The configuration: from an application, or from `config` of the plugin's entry in a Halon `smtpd.yaml`. */
export interface Config {
  threads: ThreadOptions[];
}

/** One thread, as the configuration describes it. */
export interface ThreadOptions {
  /** The name that the first argument of `http_background` uses. No two threads have the same. */
  id: string;
  /** Maximum number of open connections, including idle ones; a number or its digits. @default 0, no limit */
  max_total?: number | string | undefined;
  /**
   * Maximum number of open connections to one host and port, including idle ones; a number or its digits.
   * @default 0, no limit
   */
  max_host?: number | string | undefined;
  /** Another name of `max_host`. The original's code reads this name, although its own schema says `max_host`. */
  max_hosts?: number | string | undefined;
  /** The highest version of HTTP that calls use over TLS: 2, if the server chooses it, or 1.1. @default 2 */
  http_version?: "1.1" | "2" | 1.1 | 2 | undefined;
}

/** One thread, as the pools need it. */
export interface ThreadConfig {
  readonly id: string;
  /** 0 is no limit. */
  readonly maxTotal: number;
  /** 0 is no limit. */
  readonly maxHost: number;
  readonly httpVersion?: "1.1" | "2" | undefined;
}

/** What is wrong, for each keyword of the schema. The message begins with the path of the key. */
const COMPLAINTS: Record<string, (violation: Violation) => string> = {
  additionalProperties: ({ parentSchema }) =>
    `is unknown; the keys here are ${Object.keys(parentSchema.properties ?? {}).join(", ")}`,
  required: () => "is missing",
  type: ({ params, data }) => `must be ${NOUNS[String(params.type)]}; got ${show(data)}`,
  pattern: ({ data }) => `must be a whole number; got ${show(data)}`,
  enum: ({ data }) => `must be 1.1 or 2; got ${show(data)}`,
  minimum: ({ params, data }) => `must be at least ${params.limit}; got ${show(data)}`,
};

const NOUNS: Record<string, string> = {
  object: "an object",
  array: "an array",
  string: "a string",
  "integer,string": "a whole number",
};

/**
 * Checks a configuration against `http-background.schema.json` and returns its threads.
 *
 * @throws {HttpBackgroundError} BAD_CONFIG; `option` is the path of the wrong key, such as `threads[0].max_total`
 */
export function parseConfig(config: unknown): ThreadConfig[] {
  if (!validateConfig(config)) throw violationMistake(validateConfig.errors ?? []);
  const { threads } = config as Config;
  refuseDuplicates(threads);
  return threads.map(parseThread);
}

function parseThread(thread: ThreadOptions, index: number): ThreadConfig {
  const { id } = thread;
  const [maxTotal, maxHost, maxHosts] = [thread.max_total, thread.max_host, thread.max_hosts].map(readLimit);
  if (maxHost !== undefined && maxHosts !== undefined && maxHost !== maxHosts) {
    throw mistake(
      `threads[${index}].max_hosts`,
      `is another name of max_host, and they differ: ${maxHosts} and ${maxHost}`,
    );
  }
  const limits = { maxTotal: maxTotal ?? 0, maxHost: maxHost ?? maxHosts ?? 0 };
  const version = thread.http_version;
  return version === undefined ? { id, ...limits } : { id, ...limits, httpVersion: `${version}` };
}

/** In YAML, a number in quotes is text. The original reads it as a number. */
function readLimit(limit: number | string | undefined): number | undefined {
  return limit === undefined ? undefined : Number(limit);
}

function refuseDuplicates(threads: readonly ThreadOptions[]): void {
  const first = new Map<string, number>();
  for (const [index, { id }] of threads.entries()) {
    const earlier = first.get(id);
    if (earlier !== undefined) {
      throw mistake(`threads[${index}].id`, `is a duplicate: threads[${earlier}].id is ${show(id)} too`);
    }
    first.set(id, index);
  }
}

function violationMistake(violations: readonly Violation[]): HttpBackgroundError {
  // If a required key is misspelt, ajv reports two violations: an unknown key and a missing one. The unknown key helps
  // the reader more, because it is in the file.
  const violation = violations.find(({ keyword }) => keyword === "additionalProperties") ?? violations[0];
  if (violation === undefined) return mistake("", "is wrong");
  return mistake(pathOf(violation), COMPLAINTS[violation.keyword]?.(violation) ?? "is wrong");
}

function mistake(path: string, complaint: string): HttpBackgroundError {
  const subject = path === "" ? "the configuration" : path;
  return new HttpBackgroundError("BAD_CONFIG", `Bad configuration: ${subject} ${complaint}`, {
    option: path === "" ? undefined : path,
  });
}

/**
 * Writes `/threads/0/max_total` as `threads[0].max_total`. If a key is missing or unknown, the path ends with this key.
 */
function pathOf({ instancePath, params }: Violation): string {
  const steps = instancePath.split("/").slice(1).map(unescapePointer);
  const end = params.additionalProperty ?? params.missingProperty;
  if (end !== undefined) steps.push(end);
  const path = steps.map((step) => (/^\d+$/.test(step) ? `[${step}]` : `.${step}`)).join("");
  return path.replace(/^\./, "");
}

// RFC 6901 §4
function unescapePointer(step: string): string {
  return step.replaceAll("~1", "/").replaceAll("~0", "~");
}

function show(value: unknown): string {
  return inspect(value, { depth: 0, breakLength: Number.POSITIVE_INFINITY });
}

/**
 * Refuses options with an unknown name. If we ignored a misspelt rule, it would look as if it were in force.
 *
 * @param path Where these options are, if they are a member of other options
 * @throws HttpBackgroundError with `code`; `option` is the path of the unknown key
 */
export function refuseUnknownOptions(
  options: unknown,
  known: readonly string[],
  code: "BAD_CONFIG" | "BAD_ARGUMENT" = "BAD_CONFIG",
  path = "",
): void {
  if (!isKeyed(options)) {
    const option = path || "options";
    throw new HttpBackgroundError(code, `${option}: must be an object with ${known.join(", ")}`, { option });
  }
  const unknown = Object.keys(options).find((key) => !known.includes(key));
  if (unknown === undefined) return;
  const nearest = nearestName(unknown, known);
  const question = nearest === undefined ? "" : `; did you mean ${nearest}?`;
  const some = known.length === 0 ? "there are none here" : `the options are ${known.join(", ")}`;
  const option = path === "" ? unknown : `${path}.${unknown}`;
  throw new HttpBackgroundError(code, `${option}: no such option; ${some}${question}`, { option });
}
