import assert from "node:assert/strict";
import { constants, type IncomingHttpHeaders, type ServerHttp2Stream, sensitiveHeaders } from "node:http2";
import { after, before, describe, it } from "node:test";
import type { AllowRule } from "../../../host/api/rules.ts";
import { Network } from "../../../host/network/network.ts";
import { createPolicy } from "../../../host/network/policy/policy.ts";
import { certificates } from "../../support/certificates.ts";
import { type Http2Server, startHttp2Server } from "../../support/http2-server.ts";
import { plainOutcome, transferTo } from "../../support/transfers.ts";

const OK = { status: 200, content: "ok" };

describe("secrets of a rule over HTTP/2", () => {
  let server: Http2Server;
  let network: Network;
  let seen: IncomingHttpHeaders[] = [];
  before(async () => {
    const onStream = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void => {
      seen.push(headers);
      if (headers[":path"] === "/v1/refused" && seen.length === 1) {
        stream.close(constants.NGHTTP2_REFUSED_STREAM);
        return;
      }
      const isMoved = headers[":path"] === "/v1/moved";
      stream.respond(isMoved ? { ":status": 302, location: "/open" } : { ":status": 200 });
      stream.end(isMoved ? "" : "ok");
    };
    server = await startHttp2Server(undefined, { onStream });
    network = new Network([{ id: "t", maxTotal: 0, maxHost: 0 }], {
      env: {},
      ca: certificates().authority.cert,
    });
  });
  after(async () => {
    await network.destroy();
    await server.close();
  });

  async function call(rule: Partial<AllowRule>, path: string): Promise<object> {
    seen = [];
    const allow = [
      { origin: server.base, paths: ["/v1/*"], ...rule },
      { origin: server.base, paths: ["/open"] },
    ];
    const policy = createPolicy({ allow }, { audience: "application" });
    return plainOutcome(await network.perform(transferTo(server.base + path, { redirects: 1 }), { policy }));
  }

  it("are in no table of HPACK", async () => {
    assert.deepEqual(await call({ headers: { "X-Key": "s3cr3t" } }, "/v1/x"), OK);
    assert.deepEqual([seen[0]?.["x-key"], seen[0]?.[sensitiveHeaders as never]], ["s3cr3t", ["x-key"]]);
    assert.deepEqual(await call({ username: "u", password: "p" }, "/v1/x"), OK);
    assert.deepEqual(
      [seen[0]?.authorization, seen[0]?.[sensitiveHeaders as never]],
      ["Basic dTpw", ["authorization"]],
    );
  });

  it("are sent again where a request is repeated, which is one request for its rule", async () => {
    let asked = 0;
    const rule = {
      headers: { "X-Key": () => `k${++asked}` },
      decide: () => ++asked > 0,
      budget: { all: { requests: 1 } },
    };
    assert.deepEqual(await call(rule, "/v1/refused"), OK);
    assert.deepEqual([seen.map((headers) => headers["x-key"]), asked], [["k2", "k2"], 2]);
  });

  it("stay behind at a redirect, on the same connection", async () => {
    assert.deepEqual(await call({ headers: { "X-Key": "s3cr3t" } }, "/v1/moved"), OK);
    assert.deepEqual(
      seen.map((headers) => [headers[":path"], headers["x-key"]]),
      [
        ["/v1/moved", "s3cr3t"],
        ["/open", undefined],
      ],
    );
  });

  it("do not come with a denial", async () => {
    assert.deepEqual(await call({ headers: { "X-Key": "s3cr3t" } }, "/v2"), { code: "DENIED" });
    assert.deepEqual(seen, []);
  });
});
