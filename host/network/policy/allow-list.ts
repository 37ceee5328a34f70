import type { MatchedRule } from "../../api/events.ts";
import { isKeyed } from "../../api/keyed.ts";
import { type Refuse, refusing } from "../../api/refusal.ts";
import type { AllowRule } from "../../api/rules.ts";
import type { Origin } from "../transfer/policy.ts";
import { formatShortOrigin } from "../url/origin.ts";
import type { Audience, Readership } from "./audience.ts";
import { parseEntry } from "./entry.ts";
import { comparableHost, hasEmptyLabel, isNumeric, parentNames } from "./hosts.ts";
import { Rule, refuseSecrets } from "./rule.ts";

/** One entry of an allow list. */
export interface AllowEntry {
  /** As the operator wrote it. */
  readonly text: string;
  /** Whether it names exactly one host. Then private addresses of this host are allowed too. */
  readonly isExact: boolean;
  /** How events show it. */
  readonly shown: MatchedRule;
  /** See `Permit`. */
  readonly isTraced: boolean;
  /** null if the entry is text. */
  readonly rule: Rule | null;
}

const SHAPE = 'an entry is scheme://host[:port], such as "https://api.example.com"';

/** Origins that may be reached: `https://a.example`, `https://*.example.com:8443`, `http://*:*`. */
export class AllowList {
  /** The key is `scheme://host:port`. The host may be `*.name` or `*`, and the port may be `*`. */
  readonly #entries = new Map<string, AllowEntry[]>();
  /** Length of the longest host in the entries. */
  #longest = 0;

  /** @throws HttpBackgroundError BAD_CONFIG, which names the first wrong entry */
  constructor(entries: readonly unknown[], option: string, readership: Readership) {
    for (const [index, given] of entries.entries()) {
      const { key, host, entry } = readEntry(given, `${option}[${index}]`, readership);
      this.#longest = Math.max(this.#longest, host.length);
      const same = this.#entries.get(key);
      if (same === undefined) this.#entries.set(key, [entry]);
      else same.push(entry);
    }
    // A rule says more than an entry that is text.
    for (const same of this.#entries.values()) same.sort((a, b) => Number(isText(a)) - Number(isText(b)));
  }

  /** The entries for an origin, the most exact first. */
  find({ scheme, hostname, port }: Origin): readonly AllowEntry[] {
    const host = comparableHost(hostname);
    const parents = parentNames(host, this.#longest).map((name) => `*.${name}`);
    return [host, ...parents, "*"].flatMap((pattern) => [
      ...(this.#entries.get(`${scheme}://${pattern}:${port}`) ?? []),
      ...(this.#entries.get(`${scheme}://${pattern}:*`) ?? []),
    ]);
  }

  /** Whether an entry names exactly this host, with this scheme and port, and allows every request to it, on no condition. */
  names(origin: Origin): boolean {
    return this.find(origin).some(({ isExact, rule }) => isExact && rule?.isOpen !== false);
  }
}

function isText({ rule }: AllowEntry): boolean {
  return rule === null;
}

/** One origin, written as an entry. */
export function entryFor({ scheme, hostname, port }: Origin): string {
  return formatShortOrigin({ scheme, hostname: comparableHost(hostname), port });
}

/** The entry that allows one origin; null for a name with an empty label, which no entry allows. */
export function allowingEntry(origin: Origin): string | null {
  return hasEmptyLabel(comparableHost(origin.hostname)) ? null : entryFor(origin);
}

/** An entry, and the keys by which it is found. */
interface ReadEntry {
  readonly key: string;
  readonly host: string;
  /** Whether the host is a wildcard and nothing more. */
  readonly isAnyHost: boolean;
  readonly entry: AllowEntry;
}

function readEntry(given: unknown, option: string, readership: Readership): ReadEntry {
  const { audience } = readership;
  if (!isKeyed(given)) return readOrigin(given, option, audience);
  if (audience === "run") refuseSecrets(given, option);
  const rule = new Rule(given as AllowRule, option, readership);
  const { origin } = given as AllowRule;
  const read = readOrigin(origin, `${option}.origin`, audience);
  if (rule.terms.hasSecrets && read.isAnyHost) {
    refusing(origin, `${option}.origin`)("means every host: a rule with secrets names its host, or *.name");
  }
  if (rule.terms.claimsCertificate && read.key.startsWith("http:")) {
    refusing(origin, `${option}.origin`)("is plain HTTP, over which no certificate is shown");
  }
  const shown = { ...read.entry.shown, text: rule.text };
  const isTraced = rule.isTraced ?? read.entry.isTraced;
  return { ...read, entry: { ...read.entry, text: rule.text, shown, isTraced, rule } };
}

function readOrigin(text: unknown, option: string, audience: Audience): ReadEntry {
  const refuse: Refuse = refusing(text, option);
  if (typeof text !== "string") return refuse(`is not a string: ${SHAPE}`);
  const { scheme, rest } = splitScheme(text, refuse);
  const { before, wildcard, port } = splitWildcards(rest, refuse);
  const url = parseEntry(`${scheme}://${before}/`);
  if (url === null) return refuse(`is not an origin: ${SHAPE}; IPv6 addresses need brackets`);
  const host = comparableHost(url.hostname);
  if (wildcard === "*." && isNumeric(host))
    refuse("has a wildcard in an address: write an entry for each address");
  if (hasEmptyLabel(host)) refuse('has one dot too many: write "*." for subdomains');
  const pattern = wildcard === "*" ? "*" : wildcard + host;
  const shown = { text, host: pattern, port: port === null ? url.port : null };
  // What a run may reach is the runtime's to say, and so is who may learn of a trace.
  const isTraced = audience !== "script";
  const entry = { text, isExact: wildcard === "", shown, isTraced, rule: null };
  return { key: `${scheme}://${pattern}:${port ?? url.port}`, host, isAnyHost: wildcard === "*", entry };
}

function splitScheme(text: string, refuse: Refuse): { scheme: "http" | "https"; rest: string } {
  if (text === "*")
    refuse('would allow everything: if you want that, write "https://*:*", and "http://*:*" for plain HTTP');
  const [, written, rest = ""] = /^([^/]*):\/\/(.*)$/s.exec(text) ?? [];
  if (written === undefined) return refuse(withScheme(text));
  const scheme = written.toLowerCase();
  if (scheme === "*")
    refuse(`has no scheme: write "https://${rest}", and also "http://${rest}" for plain HTTP`);
  if (scheme !== "http" && scheme !== "https") return refuse("has a scheme other than http and https");
  const end = rest.search(/[/?#\\]/);
  if (end === 0 || rest === "") refuse(`has no host: ${SHAPE}`);
  if (end !== -1) {
    refuse(`is more than an origin: an entry has no path; write "${scheme}://${rest.slice(0, end)}"`);
  }
  const at = rest.lastIndexOf("@");
  if (at !== -1) refuse(`has a user in it: write "${scheme}://${rest.slice(at + 1)}"`);
  return { scheme, rest };
}

function withScheme(text: string): string {
  const host = text.replace(/^(?:https?:)?\/*/i, "");
  return host === "" ? `is not an origin: ${SHAPE}` : `has no scheme: write "https://${host}"`;
}

/** Removes the wildcards, so that the rest is a URL. `port` is null if the URL contains the port. */
function splitWildcards(
  rest: string,
  refuse: Refuse,
): { before: string; wildcard: string; port: "*" | null } {
  const port = rest.endsWith(":*") ? "*" : null;
  const host = port === null ? rest : rest.slice(0, -2);
  const wildcard = /^\*(?:\.|(?=:|$))/.exec(host)?.[0] ?? "";
  const before = (wildcard === "*" ? "any" : "") + host.slice(wildcard.length);
  if (before.includes("*")) {
    refuse('has a "*" that is neither the whole host, nor the whole port, nor a leading "*." for subdomains');
  }
  return { before, wildcard, port };
}
