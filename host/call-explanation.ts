import type { PolicyRules } from "./api/rules.ts";
import { denialOfTerms } from "./network/call/explain-terms.ts";
import { Names } from "./network/names/names.ts";
import type { Decision } from "./network/policy/decision.ts";
import { createPolicy } from "./network/policy/policy.ts";
import { type Destination, makeDestination } from "./network/route/destination.ts";
import { ProxyVariables } from "./network/route/proxy-variables.ts";
import { TlsPolicies } from "./network/route/tls.ts";
import type { CertificateAuthorities } from "./network/route/trust.ts";
import { TransferFailure } from "./network/transfer/failures.ts";
import type { Transfer } from "./network/transfer/transfer.ts";
import { formatHost, formatOrigin } from "./network/url/origin.ts";
import { parseUrl } from "./network/url/url.ts";

/** Who would make the call, and with which settings. */
export interface ExplainOptions {
  method: string;
  /** A thread of the configuration. */
  thread: string;
  audience: "application" | "script";
  policy: PolicyRules;
  /**
   * Whether scripts use the environment's proxies, as in `ScriptRuntimeOptions`. An application always uses them.
   */
  environmentProxy: boolean;
  /** The environment in which proxies are looked up, such as `process.env`. */
  env: Readonly<Record<string, string | undefined>>;
  /** Authorities that are trusted instead of those of the system, PEM. */
  ca?: CertificateAuthorities | undefined;
}

/** What would happen to a call, as far as we know without making it. */
export interface Explanation extends Decision {
  /** `scheme://host:port`, as the network reads the URL. */
  readonly origin: string;
  /** The addresses of the host, in the order in which they would be dialled. */
  readonly addresses: readonly string[];
  /** Why `addresses` is empty: the proxy looks the name up, or the sentence of a lookup that failed. Otherwise null. */
  readonly withoutAddresses: string | null;
  /** What the rule adds to the request: names of headers, never values. */
  readonly adds: readonly string[];
  /** Whether `decide` of the rule would be asked. It is not asked for an explanation. */
  readonly asks: boolean;
  readonly thread: string;
  readonly connection: ConnectionKey;
}

/** A call can use a pooled connection only if the two have all of this in common. */
export interface ConnectionKey {
  readonly scheme: string;
  readonly host: string;
  /** The `host:port` for which `max_host` counts the connection. */
  readonly countedAs: string;
  /** Digest of the verification settings, the authorities and the client certificate; null for http. */
  readonly tls: string | null;
  /** What is offered by ALPN, the best first. Empty for http, which is HTTP/1.1. */
  readonly protocols: readonly string[];
  /** The proxy's URL, without its password. */
  readonly proxy: string | null;
}

/**
 * Says what a policy decides about a URL, and why. It looks names up, but it sends nothing else.
 *
 * @throws HttpBackgroundError BAD_CONFIG for a wrong rule
 * @throws TransferFailure if the URL or a proxy of the environment is not valid
 */
export async function explainCall(text: string, options: ExplainOptions): Promise<Explanation> {
  const { method, thread, audience, policy: rules, environmentProxy, env } = options;
  const policy = createPolicy(rules, { audience });
  const url = parseUrl(Buffer.from(text, "utf8").toString("latin1"));
  const proxy = audience === "script" && !environmentProxy ? "" : null;
  const transfer = transferTo(text, thread, proxy);
  const destination = makeDestination(url, transfer, {
    tlsPolicies: new TlsPolicies(options.ca),
    proxyVariables: new ProxyVariables(env),
  });
  const { addresses, withoutAddresses } = await findAddresses(destination, audience);
  const line = { method, target: url.target };
  const allowed = policy?.explain(url, addresses, line) ?? NO_POLICY;
  const terms = (allowed.allowed && policy?.permit?.(url, line).terms) || [];
  const request = { url, method, transfer, destination, addresses };
  return {
    ...(denialOfTerms(terms, request) ?? allowed),
    adds: terms.flatMap((one) => one.adds),
    asks: terms.some(({ decision }) => decision !== null),
    origin: formatOrigin(url),
    addresses,
    withoutAddresses,
    thread,
    connection: describe(destination),
  };
}

const NO_POLICY: Decision = {
  allowed: true,
  rule: "default allow",
  address: null,
  range: null,
  advice: null,
};

type Addresses = Pick<Explanation, "addresses" | "withoutAddresses">;

async function findAddresses(
  { hostname, proxy }: Destination,
  audience: ExplainOptions["audience"],
): Promise<Addresses> {
  const isLookedUpHere = proxy === null || proxy.scheme === "socks4" || proxy.scheme === "socks5";
  if (!isLookedUpHere) return { addresses: [], withoutAddresses: "the proxy looks the name up" };
  try {
    const addresses = await new Names().lookup(hostname, audience === "script" ? {} : null).addresses;
    return { addresses, withoutAddresses: null };
  } catch (error) {
    if (!(error instanceof TransferFailure)) throw error;
    return { addresses: [], withoutAddresses: error.message };
  }
}

function describe({ scheme, hostname, port, hostKey, tls, protocols, proxy }: Destination): ConnectionKey {
  const user = proxy?.username ? `${proxy.username}@` : "";
  return {
    scheme,
    host: formatHost({ hostname, port }),
    countedAs: hostKey,
    tls: tls?.key.replace(/,$/, "") ?? null,
    protocols,
    proxy: proxy === null ? null : `${proxy.scheme}://${user}${proxy.hostname}:${proxy.port}`,
  };
}

/** A call without options. */
function transferTo(url: string, thread: string, proxy: "" | null): Transfer {
  return {
    thread,
    url,
    method: null,
    headers: [],
    body: null,
    timeout: 0,
    connectTimeout: 0,
    maxFileSize: 0,
    redirects: 0,
    tlsVerifyPeer: true,
    tlsVerifyHost: true,
    clientCertificate: null,
    proxy,
    sourceip: null,
    username: null,
    password: null,
    awsSigv4: null,
  };
}
