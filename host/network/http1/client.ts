import type { buildConnector, Client, Dispatcher } from "undici";
import UndiciClient from "undici/lib/dispatcher/client.js";
import type { Destination } from "../route/destination.ts";
import { formatOrigin } from "../url/origin.ts";
import { markOwnRequests } from "./own-requests.ts";

const CLIENT_OPTIONS: Client.Options = {
  // curl has neither of these limits. The transfer has its own exact timer; undici's timers fire only every half
  // second.
  headersTimeout: 0,
  bodyTimeout: 0,
  // CURLOPT_MAXAGE_CONN. If a server's Keep-Alive header says less, then this and a little less, so that we close
  // first.
  keepAliveTimeout: 118_000,
  keepAliveMaxTimeout: 118_000,
  keepAliveTimeoutThreshold: 500,
  // The real limits are in the filter before the parser.
  maxHeaderSize: 1024 * 1024,
  pipelining: 1,
};

/** The connections of a lane have one destination, and so one object for its origin. */
const origins = new WeakMap<Destination, URL>();

/** The `Client` of undici for one connection. It asks `connect` for a socket when it has a request. */
export function createClient(destination: Destination, connect: buildConnector.connector): Client {
  return new UndiciClient(originOf(destination), { ...CLIENT_OPTIONS, connect });
}

/** `Client.dispatch` as a function, which `setImmediate` can call without a closure. */
export function dispatch(
  client: Client,
  request: Dispatcher.DispatchOptions,
  handler: Dispatcher.DispatchHandler,
): void {
  markOwnRequests(true);
  try {
    client.dispatch(request, handler);
  } finally {
    markOwnRequests(false);
  }
}

/** The origin that undici gets. It is only for undici's diagnostics: nothing connects to it. */
function originOf(destination: Destination): URL {
  const known = origins.get(destination);
  if (known !== undefined) return known;
  const { scheme, hostname, port } = destination;
  const origin = formatOrigin({ scheme, hostname, port });
  const isUrl = URL.canParse(origin);
  const url = new URL(isUrl ? origin : formatOrigin({ scheme, hostname: "unnamed.invalid", port }));
  // undici reads both for each request, and a URL makes them anew each time.
  Object.defineProperties(url, { origin: { value: url.origin }, protocol: { value: url.protocol } });
  origins.set(destination, url);
  return url;
}
