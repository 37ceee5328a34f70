import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { curl, type TwinCall } from "../support/curl.ts";
import { findPeers, workingProxies } from "../support/peer-servers.ts";
import { differences } from "../support/twins.ts";

const peers = findPeers();
const { ports, certificates } = peers;
const proxies = Object.values(workingProxies(peers));
const [direct = "", squid = "", , squidTls = ""] = proxies;
const socks = `socks5h://127.0.0.1:${ports.dante}`;
const http = `http://127.0.0.1:${ports.httpbin}`;
const https = `https://localhost:${ports.tls}`;

/** All pairs of an item of one list and an item of the other. */
function cross<A, B>(a: readonly A[], b: readonly B[]): [A, B][] {
  return a.flatMap((x) => b.map((y): [A, B] => [x, y]));
}

async function compare(t: TestContext, calls: TwinCall[]): Promise<void> {
  assert.deepEqual(await differences(calls), []);
  t.diagnostic(`${calls.length} calls came out as curl's did`);
}

const ENDPOINTS = [
  ...[200, 201, 204, 206, 300, 304, 400, 401, 404, 405, 407, 418, 429, 500, 503].map(
    (code) => `/status/${code}`,
  ),
  ...[
    "/get?a=1&b=%20&c=+#f",
    "/headers",
    "/html",
    "/xml",
    "/image/png",
    "/encoding/utf8",
    "/deny",
    "/robots.txt",
  ],
  ...["/stream/20", "/range/500", "/drip?duration=0.1&numbytes=5"],
  ...[
    "/redirect/1",
    "/basic-auth/u/p",
    "/digest-auth/auth/u/p",
    "/response-headers?X-A=1",
    "/cache",
    "/etag/x",
  ],
  ...["/anything/a/../b/./c?x=/../y", "/anything/%2e%2e/{}|", "/anything/café", "/nonsense"],
];

describe("curl and we", () => {
  for (const [name, proxy] of Object.entries(workingProxies(peers))) {
    it(`have peers that work: ${name}`, async () => {
      for (const url of [`${http}/get`, `https://127.0.0.1:${ports.tls}/who`]) {
        const outcome = await curl({ url, options: { proxy } }, certificates.authority);
        assert.equal("status" in outcome && outcome.status, 200, JSON.stringify({ url, outcome }));
      }
    });
  }

  it("get the same from every endpoint through every proxy", (t) =>
    compare(
      t,
      proxies
        .flatMap((proxy, index) => cross(index < 2 ? ENDPOINTS : ENDPOINTS.slice(-6), [proxy]))
        .map(([path, proxy]) => ({ url: http + path, options: { proxy } })),
    ));

  it("send the same, whatever is posted and by which method", (t) => {
    const file = new Blob(["a file\n"]);
    const requests: Pick<TwinCall, "options" | "post">[] = [
      {},
      { post: "a=b&c=d" },
      { post: "" },
      { post: "x".repeat(100_000) },
      { post: "{}", options: { headers: ["Content-Type: application/json"] } },
      { post: "x", options: { headers: ["Content-Type:"] } },
      { post: "x", options: { method: "PUT" } },
      { post: "x", options: { method: "DELETE" } },
      { post: file },
      { post: file, options: { method: "PUT" } },
      { options: { method: "DELETE" } },
      { options: { method: "PATCH" } },
      { options: { method: "POST" } },
      { options: { method: "TRACE" } },
      {
        options: { headers: ["X-A: 1", "X-B;", "X-C:", "x-d:2", "Accept:", "User-Agent: me", "Cookie: a=b"] },
      },
      { options: { headers: ["Accept: text/html", "Host: other.test", "Proxy-Connection: x"] } },
      { options: { username: "u", password: "p:%\xe9" } },
      { options: { username: "u" } },
      { options: { username: "u", password: "p", headers: ["Authorization: own"] } },
      { options: { username: "id", password: "key", aws_sigv4: "aws:amz:eu-west-1:sqs" } },
      { options: { username: "id", password: "key", aws_sigv4: "osc:osc:eu-west-1" }, post: "a" },
      { options: { aws_sigv4: "aws:amz:eu-west-1:sqs" } },
    ];
    const targets = [...cross([http], [direct, squid, socks]), ...cross([https], [direct, squidTls])];
    const calls = cross(requests, targets).map(([{ options, post }, [base, proxy]]) => ({
      url: `${base}/anything/x`,
      options: { ...options, proxy },
      ...(post === undefined ? {} : { post }),
    }));
    return compare(t, calls);
  });

  it("follow redirects alike", (t) => {
    const requests: Pick<TwinCall, "options" | "post">[] = [
      {},
      { post: "a=b" },
      { post: "a", options: { method: "PUT" } },
      { options: { method: "DELETE", headers: ["X-A: 1", "Host: h.test", "Cookie: a=b"] } },
      { options: { username: "u", password: "p" } },
    ];
    const to = (status: number, url: string): string =>
      `/redirect-to?status_code=${status}&url=${encodeURIComponent(url)}`;
    const paths = [
      ...[301, 302, 303, 307, 308].map((status) => to(status, "/anything/next?y")),
      ...["/redirect/3", "/absolute-redirect/2", "/relative-redirect/2"],
      ...[to(302, `http://localhost:${ports.httpbin}/anything`), to(307, `${https}/anything/secure`)],
      ...[to(302, "foo://h/"), to(302, "http://h:x/"), to(302, "//")],
      ...[to(302, "#f"), to(302, "?q"), to(302, "../anything/x y"), to(302, "")],
    ];
    const calls = cross(cross(requests, paths), [1, 5]).map(([[{ options, post }, path], redirects]) => ({
      url: http + path,
      options: { proxy: direct, ...options, redirects },
      ...(post === undefined ? {} : { post }),
    }));
    return compare(t, calls);
  });

  it("trust and are trusted alike", (t) => {
    const { client, intermediate, selfSigned } = certificates;
    const known = { leaf: client, chain: [intermediate] };
    const clients = [undefined, known, { leaf: selfSigned, chain: [] }];
    const servers = [
      ...([ports.tls, ports.tls12, ports.tls13, ports.expired, ports.wrongName, ports.selfSigned] as const),
      ...([ports.clientOptional, ports.clientRequired12, ports.clientRequired13, ports.plain] as const),
    ];
    const routes: [host: string, proxy: string][] = [
      ["localhost", direct],
      ["[::1]", direct],
      ["localhost", squid],
      ["localhost", squidTls],
      ["localhost", socks],
    ];
    const calls = cross(cross(servers, routes), cross(clients, [true, false]));
    return compare(
      t,
      calls.map(([[port, [host, proxy]], [certificate, verify]]) => ({
        url: `https://${host}:${port}/who`,
        options: { proxy, tls_verify_peer: verify, tls_verify_host: verify },
        ...(certificate === undefined ? {} : { client: certificate }),
      })),
    );
  });
});
