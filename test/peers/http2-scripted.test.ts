import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Random } from "../hostile/random.ts";
import type { TwinCall } from "../support/curl.ts";
import { findPeers } from "../support/peer-servers.ts";
import { differences } from "../support/twins.ts";

const SEED = Number(process.env.SEED ?? 1);
const CALLS = Number(process.env.CALLS ?? 60);
/** We use one connection for all, and some of the calls end it. */
const AT_A_TIME = 1;
const TIMEOUT_S = 20;
const SIZES = [0, 1, 1000, 65_535, 65_536, 300_000];

type Made = Pick<TwinCall, "options" | "post"> & { path: string };

const bodyOf = (random: Random): string => "b".repeat(random.pick(SIZES));

/** What `scripts/peers/scripted.py` does for a path. */
const MAKERS: readonly ((random: Random) => Made)[] = [
  (random) => ({ path: `/ok/${random.pick(SIZES)}` }),
  (random) => ({ path: "/echo", post: bodyOf(random) }),
  () => ({ path: "/echo", options: { headers: ["X-A: 1", "x-a: 2", "Cookie: a=b; c=d", "Accept:"] } }),
  (random) => ({
    path: "/echo",
    options: { headers: [`X-Long: ${"v".repeat(random.pick([1, 4000, 20_000]))}`] },
  }),
  (random) => ({ path: "/echo", options: { method: random.pick(["PUT", "DELETE", "PATCH", "OPTIONS"]) } }),
  (random) => ({ path: `/early/${random.pick([200, 400, 413])}`, post: random.pick(["", "x"]) }),
  (random) => ({ path: `/interim/${random.pick([1, 2, 20])}`, ...maybePost(random) }),
  (random) => ({ path: `/settings/${random.pick([1000, 65_535, 1_000_000])}`, post: bodyOf(random) }),
  (random) => ({ path: `/table/${random.pick([0, 64, 4096, 65_536])}`, ...maybePost(random) }),
  (random) => ({ path: `/ping/${random.pick([1, 50])}`, ...maybePost(random) }),
  (random) => ({ path: `/rst/${random.pick([1, 2, 3, 5, 8, 9, 10, 11])}` }),
  (random) => ({ path: `/rst-within/${random.pick([1, 2, 3, 5, 8, 9, 10, 11])}` }),
  (random) => ({ path: `/trailers/${random.pick([0, 1, 10_000])}` }),
  (random) => ({ path: `/padded/${random.pick([0, 1, 100, 255])}` }),
  (random) => ({ path: `/empty/${random.pick([0, 1, 100])}` }),
  (random) => ({ path: `/headers/${random.pick([0, 1, 100, 500])}` }),
  (random) => ({ path: `/long/${random.pick([1, 10_000, 60_000])}` }),
  (random) => ({ path: `/status/${random.pick([200, 201, 204, 304, 404, 500])}`, ...maybePost(random) }),
  (random) => ({ path: `/status/${random.pick([200, 404])}`, options: { method: "HEAD" } }),
  (random) => ({ path: `/short/${random.pick([6, 100])}` }),
  (random) => ({ path: `/cookies/${random.pick([1, 3, 50])}` }),
  (random) => ({ path: `/goaway/${random.pick([0, 2, 11])}` }),
  (random) => ({ path: `/cut/${random.pick([0, 1, 99])}` }),
  (random) => ({ path: `/redirect/${random.pick([1, 3])}`, options: { redirects: random.pick([0, 2, 5]) } }),
  (random) => ({ path: "/ok/300000", options: { max_file_size: random.pick([299_999, 300_000]) } }),
];

function maybePost(random: Random): Pick<TwinCall, "post"> {
  return random.chance(0.5) ? {} : { post: bodyOf(random) };
}

function calls(): TwinCall[] {
  const random = new Random(SEED, MAKERS.length);
  const base = `https://127.0.0.1:${findPeers().ports.scripted}`;
  return random.times(CALLS, (index) => {
    const { path, ...rest } = (MAKERS[index % MAKERS.length] as (typeof MAKERS)[number])(random);
    return { url: base + path, http2: true, ...rest, options: { timeout: TIMEOUT_S, ...rest.options } };
  });
}

describe(`over HTTP/2, curl and we get the same of a server that does what it is told (SEED=${SEED})`, () => {
  it(`in ${CALLS} calls`, async () => {
    assert.deepEqual(await differences(calls(), { atATime: AT_A_TIME }), []);
  });
});
