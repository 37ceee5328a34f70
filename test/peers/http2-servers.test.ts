import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { describe, it } from "node:test";
import { Random } from "../hostile/random.ts";
import type { TwinCall } from "../support/curl.ts";
import { findPeers, HTTP2_SERVERS, workingProxies } from "../support/peer-servers.ts";
import { differences } from "../support/twins.ts";

const SEED = Number(process.env.SEED ?? 1);
const CALLS = Number(process.env.CALLS ?? 60);
const AT_A_TIME = 50;
const SIZES = [0, 1, 10_240, 65_536, 1_048_576];

type Made = Pick<TwinCall, "options" | "post"> & { path: string };
type Maker = (random: Random) => Made;

const peers = findPeers();
const proxies = Object.values(workingProxies(peers));

/** What every server can do. nghttpd has no more, and sends back what is posted. */
const FILES: readonly Maker[] = [
  (random) => ({ path: `/files/${random.pick(SIZES)}` }),
  (random) => ({ path: `/files/${random.pick(SIZES)}`, options: { method: "HEAD" } }),
  (random) => ({ path: `/files/${random.pick(["none", "%2e%2e/x", "é", "a?b=c"])}` }),
  (random) => ({ path: "/files/1", options: { headers: manyHeaders(random) } }),
  (random) => ({ path: "/files/65536", options: { max_file_size: random.pick([1, 65_535, 65_536]) } }),
];
const ECHO: readonly Maker[] = [
  (random) => ({ path: "/anything/x?y=z", post: "x".repeat(random.pick(SIZES)) }),
  // curl 7.88 cannot always send a File of nothing.
  (random) => ({ path: "/anything", post: new Blob(["x".repeat(random.pick(SIZES.slice(1)))]) }),
];
/** What is behind the servers that pass requests on. */
const ORIGIN: readonly Maker[] = [
  (random) => ({
    path: `/status/${random.pick([200, 201, 204, 206, 304, 400, 401, 404, 405, 418, 500, 503])}`,
  }),
  (random) => ({ path: `/status/${random.pick([200, 204, 404])}`, options: { method: "HEAD" } }),
  (random) => ({ path: `/status/${random.pick([204, 404, 500])}`, post: random.pick(["", "x"]) }),
  (random) => ({ path: `/redirect/${random.below(4)}`, options: { redirects: 2 } }),
  (random) => ({
    path: `/redirect-to?status_code=${random.pick([301, 302, 303, 307, 308])}&url=/anything`,
    options: { redirects: 1 },
    post: "a=b",
  }),
  (random) => ({
    path: "/anything",
    options: { method: random.pick(["DELETE", "PUT", "PATCH", "OPTIONS"]) },
  }),
  (random) => ({ path: "/anything", options: { headers: manyHeaders(random) } }),
  () => ({
    path: "/anything",
    options: { headers: ["Cookie: a=1; b=2", "X-Empty;", "TE: trailers", "Accept:"] },
  }),
  () => ({ path: "/anything", options: { username: "u", password: "p" } }),
  (random) => ({
    path: `/response-headers?${random.times(random.pick([1, 50]), (i) => `X-${i}=${i}`).join("&")}`,
  }),
  (random) => ({
    path: random.pick(["/stream/20", "/range/50000", "/drip?duration=0.1&numbytes=5"]),
  }),
  (random) => ({ path: `/cut/${random.pick(["before", "head", "length", "chunks", "close"])}` }),
  () => ({ path: "/drop" }),
  () => ({ path: "/nothing" }),
  () => ({ path: "/delay/3", options: { timeout: 1 } }),
];

function manyHeaders(random: Random): string[] {
  const value = "v".repeat(random.pick([1, 100]));
  return random.times(random.pick([2, 60]), (index) => `X-Header-${index}: ${value}`);
}

/** The same calls for the same seed. Most go directly, the others through a proxy's tunnel. */
function callsFor(server: (typeof HTTP2_SERVERS)[number]): TwinCall[] {
  const random = new Random(SEED, HTTP2_SERVERS.indexOf(server));
  const makers = server === "nghttpd" ? [...FILES, ...ECHO] : [...FILES, ...ECHO, ...ORIGIN];
  return random.times(CALLS, (index) => {
    const { path, options, post } = (makers[index % makers.length] as Maker)(random);
    const proxy = random.chance(0.8) ? "" : random.pick(proxies);
    const url = `https://127.0.0.1:${peers.ports[server]}${path}`;
    return { url, options: { proxy, ...options }, http2: true, ...(post === undefined ? {} : { post }) };
  });
}

describe(`over HTTP/2, curl and we get the same (SEED=${SEED})`, () => {
  for (const server of HTTP2_SERVERS) {
    it(`from ${server}`, async () => {
      const protocols = new Set<unknown>();
      const notice = (message: unknown): void =>
        void protocols.add((message as { protocol: string }).protocol);
      subscribe("http-background:response", notice);
      try {
        assert.deepEqual(await differences(callsFor(server), { atATime: AT_A_TIME }), []);
      } finally {
        unsubscribe("http-background:response", notice);
      }
      assert.deepEqual([...protocols], ["h2"]);
    });
  }
});
