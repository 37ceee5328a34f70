import { hostname } from "node:os";
import { wordsOf } from "./hosts-file.ts";

/** The settings of resolv.conf(5) for names. c-ares itself reads the servers. */
export interface ResolvConf {
  /** Domains in which names with few dots are looked up. */
  readonly search: readonly string[];
  /** A name with this number of dots or more is first looked up as it is. */
  readonly ndots: number;
  /** Time limit for the first answer of each server. */
  readonly timeoutMs: number;
  /** How often each server is asked. */
  readonly tries: number;
}

export const RESOLV_CONF = "/etc/resolv.conf";

// The limits of resolv.conf(5), except the number of domains: older systems read 6.
const MOST_DOMAINS = 32;
const OPTIONS = { ndots: 15, timeout: 30, attempts: 5 };
const DEFAULTS = { ndots: 1, timeout: 2, attempts: 3 };

type Options = Record<keyof typeof OPTIONS, number>;

/** @param env its `LOCALDOMAIN` and `RES_OPTIONS` replace the settings of the file */
export function parseResolvConf(text: string, env: NodeJS.ProcessEnv = process.env): ResolvConf {
  const { LOCALDOMAIN = "", RES_OPTIONS = "" } = env;
  const options: Options = { ...DEFAULTS };
  let search = domainOf(hostname());
  for (const line of `${text}\nsearch ${LOCALDOMAIN}\noptions ${RES_OPTIONS}`.split("\n")) {
    const [key, ...words] = wordsOf(line);
    if (key === "options") for (const word of words) readOption(options, word);
    // If the file has both `search` and `domain`, the last one counts.
    else if (key === "domain" && words.length > 0) search = words.slice(0, 1);
    else if (key === "search" && words.length > 0) search = words;
  }
  return {
    search: search.slice(0, MOST_DOMAINS).map(withoutDots).filter(isDomain),
    ndots: options.ndots,
    timeoutMs: Math.max(1, options.timeout) * 1000,
    tries: Math.max(1, options.attempts),
  };
}

/**
 * The names to look up, one after the other, until one has an address. The name as it is comes first if it has enough
 * dots, otherwise last.
 */
export function candidatesFor(name: string, { search, ndots }: ResolvConf): string[] {
  if (name.endsWith(".")) return [name];
  const qualified = search.map((domain) => `${name}.${domain}`);
  return name.split(".").length > ndots ? [name, ...qualified] : [...qualified, name];
}

function readOption(options: Options, word: string): void {
  const [key = "", value = ""] = word.split(":");
  if (!Object.hasOwn(OPTIONS, key) || !/^[0-9]{1,9}$/.test(value)) return;
  const name = key as keyof Options;
  options[name] = Math.min(Number(value), OPTIONS[name]);
}

function domainOf(host: string): string[] {
  const dot = host.indexOf(".");
  return dot === -1 ? [] : [host.slice(dot + 1)];
}

function withoutDots(domain: string): string {
  return domain.split(".").filter(Boolean).join(".").toLowerCase();
}

function isDomain(domain: string): boolean {
  return domain !== "";
}
