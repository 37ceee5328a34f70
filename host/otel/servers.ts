import type { Attributes } from "@opentelemetry/api";
import type { MatchedRule, OfRun } from "../api/events.ts";
import { ATTRIBUTES, OTHER } from "./names.ts";

/** Whom a message is about. */
export interface Server extends OfRun {
  readonly scheme: string;
  readonly hostname: string;
  readonly port: number;
  readonly rule: MatchedRule | null;
}

const UNNAMED: Attributes = { [ATTRIBUTES.address]: OTHER };

/**
 * The servers that metrics tell apart. A script chooses its hosts below a wildcard, and a server those to which it
 * redirects: without limits they would decide how many time series there are, and who has none.
 */
export class Servers {
  readonly #most: number;
  readonly #known = new Set<string>();
  /** How many of them may still be known by a redirect. */
  #redirects: number;

  /** @param most as many servers of the application's calls */
  constructor(most: number) {
    this.#most = most;
    this.#redirects = Math.floor(most / 2);
  }

  /** The application's call has come to a server: by itself, or by a redirect. */
  learn({ run, hostname, port, hop }: Server & { readonly hop: number }): void {
    const key = keyOf(hostname, port);
    if (run !== undefined || this.#known.size >= this.#most || this.#known.has(key)) return;
    if (hop > 0 && this.#redirects-- <= 0) return;
    this.#known.add(key);
  }

  /** What metrics say of a server. That of a script is the rule that allowed it. */
  attributesOf({ run, rule, scheme, hostname, port }: Server): Attributes {
    const named = run === undefined ? this.#ofApplication(hostname, port) : ofRule(rule);
    return { ...named, [ATTRIBUTES.scheme]: scheme };
  }

  #ofApplication(hostname: string, port: number): Attributes {
    if (!this.#known.has(keyOf(hostname, port))) return UNNAMED;
    return { [ATTRIBUTES.address]: hostname, [ATTRIBUTES.port]: port };
  }
}

function keyOf(hostname: string, port: number): string {
  return `${hostname}:${port}`;
}

function ofRule(rule: MatchedRule | null): Attributes {
  if (rule === null) return UNNAMED;
  const { host, port } = rule;
  return port === null
    ? { [ATTRIBUTES.address]: host }
    : { [ATTRIBUTES.address]: host, [ATTRIBUTES.port]: port };
}
