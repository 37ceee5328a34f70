import type { Transfer } from "../../../../host/network/transfer/transfer.ts";
import type { Random } from "../../../hostile/random.ts";
import { stringBody, transferTo } from "../../../support/transfers.ts";

/** The `host:port` of each server that calls may name. */
export interface Targets {
  readonly api: string;
  readonly other: string;
}

const METHODS = ["GET", "GET", "POST", "PUT", "TRACE", "trace", "get", "DELETE", "OPTIONS", null, null, null];
const NAMES = ["v1", "users", "open", "admin", "%76%31", "x;a=b", "a.b", "caf%c3%a9", "%2A", "100%25"];
const ODD = ["..", ".", "%2e%2e", ".%2E", "..;", "%2e%2e;x", "..%2f", "..%5c", "..\\", "%252e%252e", ""];
const ODDER = [
  "%00",
  "%",
  "%zz",
  "%c0%ae%c0%ae",
  "%ef%bc%8e%ef%bc%8e",
  "%3F",
  "%23",
  "%2F",
  "...",
  ";",
  "%20",
];
const HOST_NAMES = [
  ...["127.0.0.1", "127.0.0.1", "127.0.0.1", "0x7f.1", "localhost", "b.test"],
  ...["a.wild.test", "login.test", "aws.test"],
];
const HOSTS = [
  "Host: HOST",
  "host:elsewhere.test",
  "Host;",
  "X-Forwarded-Host: HOST",
  "Forwarded: host=HOST",
];
const HEADERS = [
  ...HOSTS,
  "Authorization: mine",
  "authorization;",
  "X-Key: mine",
  "X_Key: mine",
  "Cookie: mine",
  "X-HTTP-Method-Override: DELETE",
  "X-Original-URL: /admin",
  "Connection: X-Key",
  "Accept:",
  "Content-Length: 0",
  "Transfer-Encoding: chunked",
  "Expect: 100-continue",
  "Proxy-Authorization: mine",
];

/** A call that a script might make to get at a secret, or one that may have it. */
export function randomCall(random: Random, targets: Targets): Transfer {
  const isHarmless = random.chance(0.4);
  const odd = <T>(probability: number, make: () => T, otherwise: T): T =>
    !isHarmless && random.chance(probability) ? make() : otherwise;
  const headers = random.times(random.below(isHarmless ? 1 : 3), () => random.pick(HEADERS));
  return transferTo(randomUrl(random, targets, isHarmless ? 0 : 2), {
    method: odd(0.6, () => random.pick(METHODS), null),
    headers: headers.map((line) => line.replaceAll("HOST", targets.other)),
    body: random.chance(0.3) ? stringBody("post") : null,
    redirects: random.pick([0, -1, 2]),
    proxy: odd(0.15, () => `http://${targets.other}`, ""),
    tlsVerifyPeer: odd(0.1, () => false, true),
    tlsVerifyHost: odd(0.1, () => false, true),
    username: odd(0.1, () => "me", null),
    password: odd(0.1, () => "mine", null),
    awsSigv4: odd(0.1, () => "aws:amz:r:s3", null),
  });
}

/** A URL, with an order for the server to redirect from there in its query. */
function randomUrl(random: Random, targets: Targets, hops: number): string {
  const host = random.pick([targets.api, targets.api, targets.api, targets.other]);
  const [, port = ""] = host.split(":");
  const name = random.pick(HOST_NAMES);
  const user = hops > 0 && random.chance(0.05) ? "u:p@" : "";
  const order = hops > 0 && random.chance(0.4) ? `?to=${randomLocation(random, targets, hops)}` : "";
  return `http://${user}${name}:${port}${randomPath(random)}${order}`;
}

function randomLocation(random: Random, targets: Targets, hops: number): string {
  const url = randomUrl(random, targets, hops - 1);
  return encodeURIComponent(random.chance(0.3) ? url.replace(/^http:\/\/[^/]*/, "") : url);
}

function randomPath(random: Random): string {
  if (random.chance(0.5)) return `/v1/${random.pick(NAMES)}`;
  const segments = random.times(1 + random.below(5), () =>
    random.pick(random.chance(0.7) ? NAMES : random.chance(0.7) ? ODD : ODDER),
  );
  return `/${random.chance(0.5) ? "v1/" : ""}${segments.join("/")}`;
}
