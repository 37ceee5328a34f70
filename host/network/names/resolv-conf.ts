import { hostname } from "node:os";
import { wordsOf } from "./hosts-file.ts";

/** What resolv.conf(5) says of how names are asked for. Whom to ask is c-ares' affair. */
export interface ResolvConf {
  /** Domains in which names are looked for that have few dots. */
  readonly search: readonly string[];
  /** From so many dots on, a name is asked for as it is first. */
  readonly ndots: number;
  /** For the first answer of each server. */
  readonly timeoutMs: number;
  /** How often each server is asked. */
  readonly tries: number;
}

export const RESOLV_CONF = "/etc/resolv.conf";

// The limits of resolv.conf(5), but for the domains: older systems read 6.
const MOST_DOMAINS = 32;
const OPTIONS = { ndots: 15, timeout: 30, attempts: 5 };
const DEFAULTS = { ndots: 1, timeout: 2, attempts: 3 };

type Options = Record<keyof typeof OPTIONS, number>;

/** @param env `LOCALDOMAIN` and `RES_OPTIONS` overrule the file */
export function parseResolvConf(text: string, env: NodeJS.ProcessEnv = process.env): ResolvConf {
  const { LOCALDOMAIN = "", RES_OPTIONS = "" } = env;
  const options: Options = { ...DEFAULTS };
  let search = domainOf(hostname());
  for (const line of `${text}\nsearch ${LOCALDOMAIN}\noptions ${RES_OPTIONS}`.split("\n")) {
    const [key, ...words] = wordsOf(line);
    if (key === "options") for (const word of words) readOption(options, word);
    // The last of both holds.
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
 * The names to ask for, one after the other until one of them has an address: with enough dots the name as it is comes
 * first, else last.
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
