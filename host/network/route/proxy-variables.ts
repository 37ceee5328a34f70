import type { ByteString } from "../transfer/byte-string.ts";

type Scheme = "http" | "https";

const NO_PROXY = ["no_proxy", "NO_PROXY"];
// HTTP_PROXY is not here: in a CGI program it contains the Proxy header of the client, so the client could choose it.
const VARIABLES: Record<Scheme, string[]> = {
  http: ["http_proxy", "all_proxy", "ALL_PROXY"],
  https: ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"],
};

/**
 * The variables of an environment that are about proxies. Each is read at most once in a turn of the event loop,
 * because `process.env` asks the system every time.
 */
export class ProxyVariables {
  readonly #environment: Readonly<Record<string, string | undefined>>;
  /** What was read in this turn. */
  readonly #read = new Map<readonly string[], string | undefined>();

  constructor(environment: Readonly<Record<string, string | undefined>>) {
    this.#environment = environment;
  }

  /** The URL of the proxy for a scheme; undefined if there is none. */
  proxyOf(scheme: Scheme): ByteString | undefined {
    const text = this.#firstOf(VARIABLES[scheme]);
    return text === undefined ? undefined : Buffer.from(text).toString("latin1");
  }

  /** The hosts that are reached without a proxy. */
  get exempt(): string {
    return this.#firstOf(NO_PROXY) ?? "";
  }

  /** The value of the first variable that is not empty. To curl, an empty variable does not exist. */
  #firstOf(names: readonly string[]): string | undefined {
    const known = this.#read.get(names);
    if (known !== undefined || this.#read.has(names)) return known;
    if (this.#read.size === 0) setImmediate(forget, this.#read).unref();
    const value = firstFilled(this.#environment, names);
    this.#read.set(names, value);
    return value;
  }
}

function firstFilled(
  environment: Readonly<Record<string, string | undefined>>,
  names: readonly string[],
): string | undefined {
  for (const name of names) {
    const value = environment[name];
    if (value) return value;
  }
  return undefined;
}

function forget(read: Map<unknown, unknown>): void {
  read.clear();
}
