import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { type DnsOptions, DnsQuery } from "../../../host/network/names/dns-query.ts";
import { LookupError } from "../../../host/network/names/lookup-error.ts";
import { type DnsAnswer, type DnsServer, startDnsServer } from "../../support/dns-server.ts";
import { closedPort } from "../../support/listener.ts";

const PLAIN = { search: [], ndots: 1, timeoutMs: 200, tries: 1 };
const MANY = Array.from({ length: 1000 }, (_, index) => `10.0.${index >> 8}.${index & 255}`);
const MANY_6 = MANY.map((_, index) => `2600::${(index + 1).toString(16)}`);

const ANSWERS: Readonly<Record<string, DnsAnswer>> = {
  "four.test": { a: ["127.0.0.1", "127.0.0.2"] },
  "six.test": { aaaa: ["::1", "2001:db8::1"] },
  "both.test": { a: ["127.0.0.1"], aaaa: ["::1"] },
  "alias.test": { cname: "four.test", a: ["127.0.0.1"] },
  "dangling.test": { cname: "gone.test" },
  "many.test": { a: MANY, truncated: true },
  "more.test": { a: MANY, aaaa: MANY_6, truncated: true },
  "mapped.test": { aaaa: ["::ffff:7f00:1"] },
  "none.test": {},
  "broken.test": { rcode: 2 },
  "refused.test": { rcode: 5 },
  "silent.test": { silent: ["A", "AAAA"] },
  "half.test": { a: ["127.0.0.1"], silent: ["AAAA"] },
  "dumb.test": { silent: ["A"] },
  "x.one.test": { a: ["127.0.0.3"] },
  "y.two.test": { a: ["127.0.0.4"] },
  "b.c.one.test": { a: ["127.0.0.5"] },
  "b.c": { a: ["127.0.0.6"] },
  "z.one.test": { rcode: 2 },
  "z.two.test": { a: ["127.0.0.7"] },
  "s.one.test": { silent: ["A", "AAAA"] },
};

const serve = (t: TestContext): Promise<DnsServer> => startDnsServer(t, (name) => ANSWERS[name]);

/** The addresses of a name, or the code of the failure. */
async function answerOf(server: DnsServer, name: string, options: Partial<DnsOptions> = {}) {
  try {
    return await new DnsQuery(name, { ...PLAIN, ...options, servers: [server.address] }).answer;
  } catch (error) {
    assert.ok(error instanceof LookupError, String(error));
    assert.deepEqual([error.hostname, error.server], [name, server.address]);
    return error.code;
  }
}

describe("DnsQuery", () => {
  it("has the addresses of both families, through aliases, and by TCP where they are many", async (t) => {
    const server = await serve(t);
    const table: Record<string, readonly string[] | string> = {
      "four.test": ["127.0.0.1", "127.0.0.2"],
      "both.test": ["::1", "127.0.0.1"],
      "alias.test": ["127.0.0.1"],
      "many.test": MANY.slice(0, 32),
    };
    for (const [name, expected] of Object.entries(table)) {
      assert.deepEqual(await answerOf(server, name), expected, name);
    }
    assert.deepEqual(new Set(await answerOf(server, "six.test")), new Set(["::1", "2001:db8::1"]));
    assert.deepEqual(await answerOf(server, "mapped.test"), ["::ffff:127.0.0.1"]);
    assert.ok(server.asked.some(({ name, over }) => name === "many.test" && over === "tcp"));
  });

  it("uses 32 addresses of each family, because a policy is asked about each", async (t) => {
    const answer = await answerOf(await serve(t), "more.test");
    assert.deepEqual(new Set(answer), new Set([...MANY.slice(0, 32), ...MANY_6.slice(0, 32)]));
  });

  it("says why there is none, and who said it", async (t) => {
    const server = await serve(t);
    const table: Record<string, string> = {
      "unknown.test": "ENOTFOUND",
      "none.test": "ENODATA",
      "dangling.test": "ENODATA",
      "broken.test": "ESERVFAIL",
      "refused.test": "EREFUSED",
      "silent.test": "ETIMEOUT",
      "dumb.test": "ETIMEOUT",
    };
    for (const [name, code] of Object.entries(table)) {
      assert.equal(await answerOf(server, name), code, name);
    }
    const nobody = { ...server, address: `127.0.0.1:${await closedPort()}` };
    assert.equal(await answerOf(nobody, "four.test"), "ECONNREFUSED");
  });

  it("does not wait without end for a family that does not answer where the other has", async (t) => {
    const server = await serve(t);
    const slow = { timeoutMs: 60_000 };
    assert.deepEqual(await answerOf(server, "half.test", slow), ["127.0.0.1"]);
  });

  it("looks in the domains of the system, as it does", async (t) => {
    const server = await serve(t);
    const search = ["one.test", "two.test"];
    const table: [name: string, ndots: number, expected: string[] | string, asked: string[]][] = [
      ["x", 1, ["127.0.0.3"], ["x.one.test"]],
      ["y", 1, ["127.0.0.4"], ["y.one.test", "y.two.test"]],
      ["b.c", 1, ["127.0.0.6"], ["b.c"]],
      ["b.c", 2, ["127.0.0.5"], ["b.c.one.test"]],
      ["z", 1, ["127.0.0.7"], ["z.one.test", "z.two.test"]],
      ["four.test", 5, ["127.0.0.1", "127.0.0.2"], ["four.test.one.test", "four.test.two.test", "four.test"]],
      ["w", 1, "ENOTFOUND", ["w.one.test", "w.two.test", "w"]],
      ["w.v", 1, "ENOTFOUND", ["w.v", "w.v.one.test", "w.v.two.test"]],
      ["s", 1, "ETIMEOUT", ["s.one.test"]],
    ];
    for (const [name, ndots, expected, asked] of table) {
      server.asked.length = 0;
      assert.deepEqual(await answerOf(server, name, { search, ndots }), expected, name);
      assert.deepEqual([...new Set(server.asked.map((question) => question.name))], asked, name);
    }
  });

  it("is called back at once, and asks nothing more", async (t) => {
    const server = await serve(t);
    const conf = { search: ["one.test"], ndots: 1, timeoutMs: 60_000, tries: 5, servers: [server.address] };
    const query = new DnsQuery("s", conf);
    await server.came(2);
    assert.equal(query.cancel(), true);
    await assert.rejects(query.answer, { name: "LookupError" });
    assert.equal(server.asked.length, 2);
  });
});
