import { nearestName } from "../api/nearest-name.ts";
import type { ConnectionOpen, HopSent, HopStart, Progress, Result } from "../index.ts";
import type { CallWatcher } from "./call-watcher.ts";
import { Mistake } from "./command.ts";
import type { ShownHead } from "./response-head.ts";

/** The values of `-w`. Times are in seconds since the start, as in curl. */
type Values = Record<string, string | number | null>;

/** The figures of `-w`, besides `json`, which is all of them. */
export const FIGURE_NAMES = [
  "http_code",
  "response_code",
  "http_version",
  "method",
  "scheme",
  "url",
  "url_effective",
  "remote_ip",
  "content_type",
  "num_connects",
  "num_redirects",
  "size_upload",
  "size_download",
  "speed_upload",
  "speed_download",
  "time_connect",
  "time_pretransfer",
  "time_starttransfer",
  "time_total",
  "ssl_version",
  "error_code",
  "errormsg",
  "exitcode",
] as const;
type Name = (typeof FIGURE_NAMES)[number];

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };
const VARIABLE = /%\{([^{}]*)\}|%%|\\([nrt])/g;

/** What is measured of a call, for `-w`. */
export class Figures implements CallWatcher {
  readonly #startedAt = performance.now();
  readonly #values: Values = Object.fromEntries(FIGURE_NAMES.map((name) => [name, null]));
  #hops = 0;
  #redirects = 0;
  #connects = 0;
  #sent = 0;
  #received = 0;

  onOpen({ tls }: ConnectionOpen): void {
    this.#connects++;
    this.#set({ time_connect: this.#seconds, ssl_version: tls?.version ?? null });
  }

  onHopStart({ method, scheme, url, hop }: HopStart): void {
    this.#redirects = hop;
    if (this.#hops++ === 0) this.#set({ url });
    this.#set({ method, scheme, url_effective: url, time_starttransfer: null });
  }

  onHopSent({ protocol, address }: HopSent): void {
    this.#set({
      remote_ip: address,
      http_version: protocol === "h2" ? "2" : "1.1",
      time_pretransfer: this.#seconds,
    });
  }

  onProgress({ sent, received }: Progress): void {
    this.#sent = sent;
    this.#received = received;
  }

  /** The head of the last response has come. */
  head({ status, headers }: ShownHead): void {
    const type = headers?.get("content-type") ?? null;
    this.#set({
      http_code: status,
      response_code: status,
      content_type: type,
      time_starttransfer: this.#seconds,
    });
  }

  /** The call is over. */
  end({ error, code }: Result, exitcode: number): void {
    const total = this.#seconds;
    this.#set({
      time_total: total,
      num_connects: this.#connects,
      num_redirects: this.#redirects,
      size_upload: this.#sent,
      size_download: this.#received,
      speed_upload: Math.round(this.#sent / total),
      speed_download: Math.round(this.#received / total),
      error_code: code ?? null,
      errormsg: error ?? null,
      exitcode,
    });
  }

  /** Fills a format in: `%{name}`, `%{json}`, `%%`, `\n`, `\r`, `\t`. What is not known is empty, and a status is 000. */
  fill(format: string): string {
    return format.replace(VARIABLE, (all, name: string | undefined, letter: string | undefined) => {
      if (letter !== undefined) return ESCAPES[letter] ?? "";
      if (name === undefined) return all === "%%" ? "%" : all;
      if (name === "json") return JSON.stringify(this.#values);
      return shown(name, this.#values[name] ?? null);
    });
  }

  get #seconds(): number {
    return Math.round((performance.now() - this.#startedAt) * 1000) / 1e6;
  }

  #set(values: Partial<Record<Name, string | number | null>>): void {
    Object.assign(this.#values, values);
  }
}

function shown(name: string, value: string | number | null): string {
  if (value === null) return name === "http_code" || name === "response_code" ? "000" : "";
  return name.startsWith("time_") ? Number(value).toFixed(6) : String(value);
}

/** @throws Mistake for a variable that there is not */
export function checkFormat(format: string): void {
  if (format.startsWith("@")) throw new Mistake(`-w ${format}: a format is not read from a file`);
  for (const [, name] of format.matchAll(VARIABLE)) {
    if (name === undefined || name === "json" || (FIGURE_NAMES as readonly string[]).includes(name)) continue;
    const nearest = nearestName(name, [...FIGURE_NAMES, "json"]);
    const hint = nearest === undefined ? "" : `; did you mean %{${nearest}}?`;
    throw new Mistake(`-w: there is no figure "${name}"${hint}`);
  }
}
