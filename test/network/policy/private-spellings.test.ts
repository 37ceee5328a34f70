import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { type AddressInfo, isIP } from "node:net";
import { after, before, describe, it } from "node:test";
import type { PolicyRules } from "../../../host/api/rules.ts";
import { Network } from "../../../host/network/network.ts";
import { createPolicy } from "../../../host/network/policy/policy.ts";
import { TransferFailure } from "../../../host/network/transfer/failures.ts";
import { connectorOf } from "../../support/names.ts";
import { privateSpellings } from "../../support/private-spellings.ts";
import { transferTo } from "../../support/transfers.ts";

const SPELLINGS = privateSpellings();
/** What may come of a spelling. Some of them are no URL. */
const HARMLESS = ["DENIED", "URL_MALFORMAT"];

describe(`a private host, in ${SPELLINGS.length} spellings`, () => {
  let server: Server;
  let network: Network;
  let port: number;
  /** Addresses that would have been dialled. They are not, because they need not be on this machine. */
  let reached: string[] = [];

  before(async () => {
    server = createServer(({ url = "" }, response) => {
      const spelling = SPELLINGS[Number(url.slice(1))];
      response.writeHead(302, { location: `http://${spelling}/` }).end();
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    port = (server.address() as AddressInfo).port;
    // A spelling that is a name after all has a private address.
    const connector = connectorOf(() => ["127.0.0.1"]);
    network = new Network([{ id: "t", maxTotal: 0, maxHost: 32 }], {
      connect: async (destination, options) => {
        if (destination.port === port || isIP(destination.hostname) === 0)
          return connector.connect(destination, options);
        reached.push(destination.hostname);
        throw new TransferFailure("COULDNT_CONNECT");
      },
      env: {},
    });
  });
  after(async () => {
    await network.destroy();
    server.close();
    await once(server, "close");
  });

  async function outcomes(
    urlOf: (spelling: string, index: number) => string,
    rules: PolicyRules,
    audience: "script" | "application" = "script",
  ): Promise<Record<string, string[]>> {
    const policy = createPolicy(rules, { audience });
    reached = [];
    const seen: Record<string, string[]> = {};
    const call = async (spelling: string, index: number): Promise<void> => {
      const outcome = await network.perform(transferTo(urlOf(spelling, index), { redirects: 1 }), { policy });
      const code = "code" in outcome ? outcome.code : "a status";
      seen[code] = [...(seen[code] ?? []), spelling];
    };
    // At the same time, because a script waits for a denial.
    await Promise.all(SPELLINGS.map(call));
    return seen;
  }

  function assertHarmless(seen: Record<string, string[]>): void {
    const others = Object.entries(seen).filter(([code]) => !HARMLESS.includes(code));
    assert.deepEqual([others, reached], [[], []]);
    // Most of them are hosts.
    assert.ok((seen.DENIED?.length ?? 0) > SPELLINGS.length * 0.8);
  }

  it("is not reached by a script that may call all names", async () => {
    assertHarmless(await outcomes((spelling) => `http://${spelling}/`, { allow: ["http://*:*"] }));
  });

  it("is not reached by a redirect of a script's call", async () => {
    const rules = { allow: ["http://*:*", `http://127.0.0.1:${port}`] };
    assertHarmless(await outcomes((_, index) => `http://127.0.0.1:${port}/${index}`, rules));
  });

  it("is not reached by an application that has blocked what is private", async () => {
    const rules = { block: ["private"] };
    assertHarmless(await outcomes((spelling) => `http://${spelling}/`, rules, "application"));
  });

  it("is reached by an application that has not", async () => {
    const seen = await outcomes((spelling) => `http://${spelling}/`, { block: [] }, "application");
    assert.deepEqual(seen.DENIED, undefined);
    assert.ok(reached.length > SPELLINGS.length * 0.8);
  });
});
