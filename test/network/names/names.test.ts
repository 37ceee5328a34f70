import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { LookupError } from "../../../host/network/names/lookup-error.ts";
import { Names, type NamesOptions, SCRIPT_LOOKUPS } from "../../../host/network/names/names.ts";
import { mostSystemLookups } from "../../../host/network/names/system-query.ts";
import { namesOf } from "../../support/names.ts";

const RUN = { run: 1 };
const UNKNOWN = { name: "TransferFailure", code: "COULDNT_RESOLVE_HOST" };

/** Names with a DNS that counts its questions, and with a clock that the test sets. */
function setUp(answers: (hostname: string) => readonly string[], options: NamesOptions = {}) {
  const asked: string[] = [];
  const clock = { ms: 0 };
  const names = namesOf(
    (hostname) => {
      asked.push(hostname);
      return answers(hostname);
    },
    { now: () => clock.ms, ...options },
  );
  const find = (hostname: string, asker: object | null = null) => names.lookup(hostname, asker).addresses;
  return { asked, clock, find };
}

/** A file of the system. */
function fileOf(t: TestContext, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), "names-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "file");
  writeFileSync(path, text);
  return path;
}

/** A DNS that fails with this code. */
function failing(code: string, asked: string[] = []): Pick<NamesOptions, "askDns"> {
  return {
    askDns: (hostname) => {
      asked.push(hostname);
      return {
        answer: Promise.reject(new LookupError(code, hostname, { server: "192.0.2.53" })),
        cancel: () => true,
      };
    },
  };
}

describe("Names", () => {
  it("keeps an answer for 60 seconds, for everybody", async () => {
    const { asked, clock, find } = setUp((hostname) => [`192.0.2.${asked.length}`, hostname]);
    assert.deepEqual(await find("a.test"), ["192.0.2.1", "a.test"]);
    clock.ms = 59_999;
    assert.deepEqual(await find("a.test", RUN), ["192.0.2.1", "a.test"]);
    clock.ms = 60_000;
    assert.deepEqual(await find("a.test"), ["192.0.2.2", "a.test"]);
    assert.deepEqual(asked, ["a.test", "a.test"]);
  });

  it("keeps for a second that there is no such name", async () => {
    let known = false;
    const { asked, clock, find } = setUp(() => (known ? ["192.0.2.1"] : []));
    await assert.rejects(find("a.test"), UNKNOWN);
    known = true;
    clock.ms = 999;
    await assert.rejects(find("a.test"), UNKNOWN);
    await assert.rejects(find("a.test", RUN), UNKNOWN);
    assert.equal(asked.length, 1);
    clock.ms = 1000;
    assert.deepEqual(await find("a.test"), ["192.0.2.1"]);
    assert.equal(asked.length, 2);
  });

  it("keeps from scripts alone that no server could say", async () => {
    const asked: string[] = [];
    const { find } = setUp(() => [], failing("ETIMEOUT", asked));
    await assert.rejects(find("a.test", RUN), UNKNOWN);
    await assert.rejects(find("a.test", { run: 2 }), UNKNOWN);
    assert.equal(asked.length, 1);
    await assert.rejects(find("a.test"), UNKNOWN);
    await assert.rejects(find("a.test"), UNKNOWN);
    assert.equal(asked.length, 3);
  });

  it("keeps so many addresses and no more, and names that there are not drive out none", async () => {
    const { asked, find: findFor } = setUp((hostname) => {
      if (hostname.startsWith("no")) return [];
      return hostname.startsWith("full") ? Array(19_999).fill("192.0.2.1") : ["192.0.2.1"];
    });
    const find = (hostname: string) => findFor(hostname, RUN);
    for (let index = 0; index < 10_000; index++) await find(`${index}.test`);
    for (let index = 0; index < 1001; index++) await assert.rejects(find(`no${index}.test`));
    await find("0.test");
    assert.equal(asked.length, 11_001);
    await assert.rejects(find("no1000.test"));
    assert.equal(asked.length, 11_001);
    await assert.rejects(find("no0.test"));
    assert.equal(asked.at(-1), "no0.test");
    // With one more name, the name that was not used for the longest time is removed.
    await find("10000.test");
    await find("0.test");
    await find("1.test");
    assert.deepEqual(asked.slice(-2), ["10000.test", "1.test"]);
    await find("full.test");
    await find("full.test");
    await find("0.test");
    assert.deepEqual(asked.slice(-2), ["full.test", "0.test"]);
    // This would be too much for the cache, so it is asked again.
    const { asked: again, find: findHuge } = setUp(() => Array(20_000).fill("192.0.2.1"));
    await findHuge("huge.test");
    await findHuge("huge.test", RUN);
    assert.equal(again.length, 2);
  });

  it("keeps what the application asked for, however much scripts ask for", async () => {
    const { asked, find } = setUp((hostname) =>
      hostname.startsWith("full") ? Array(19_999).fill("192.0.2.1") : ["192.0.2.1"],
    );
    await find("own.test");
    await find("theirs.test", RUN);
    for (let index = 0; index < 3; index++) await find(`full${index}.test`, RUN);
    await find("own.test");
    await find("own.test", RUN);
    assert.equal(asked.length, 5);
    await find("theirs.test", RUN);
    assert.deepEqual(asked.slice(5), ["theirs.test"]);
  });

  it("asks nobody for addresses, localhost, and what is no name", async () => {
    const { asked, find } = setUp(() => ["192.0.2.1"]);
    assert.deepEqual(await find("192.0.2.9"), ["192.0.2.9"]);
    assert.deepEqual(await find("fe80::1%lo"), ["fe80::1%lo"]);
    assert.deepEqual(await find("localhost"), ["::1", "127.0.0.1"]);
    assert.deepEqual(await find("a.localhost", RUN), ["::1", "127.0.0.1"]);
    const label = "a".repeat(63);
    const none = ["", "a..test", ".", "..", ".test", `${label}a.test`, "a.".repeat(127), "x.onion"];
    for (const name of [...none, "a\\046test", "a\\.test", "a b.test", "\xe4.test", "a\0.test"]) {
      await assert.rejects(find(name), UNKNOWN, name);
      await assert.rejects(find(name, RUN), UNKNOWN, name);
    }
    assert.deepEqual(asked, []);
    const longest = `${`${label}.`.repeat(3)}${"a".repeat(61)}`;
    assert.equal(longest.length, 253);
    await find(longest);
    assert.deepEqual(asked, [longest]);
    await assert.rejects(find(`${longest}a`), UNKNOWN);
  });

  it("has what the hosts file says, and does not ask then", async (t) => {
    const hostsFile = fileOf(t, "127.0.0.1 own.test both.test\n::1 both.test\n");
    const { asked, find } = setUp(() => ["192.0.2.1"], { hostsFile });
    for (const asker of [null, RUN]) {
      assert.deepEqual(await find("own.test", asker), ["127.0.0.1"]);
      assert.deepEqual([...(await find("both.test", asker))].sort(), ["127.0.0.1", "::1"]);
      assert.deepEqual(await find("other.test", asker), ["192.0.2.1"]);
    }
    assert.deepEqual(asked, ["other.test"]);
  });

  it("says of a failure which server said what", async () => {
    const { find } = setUp(() => [], failing("ESERVFAIL"));
    const failure = await find("a.test").catch((error: Error) => error);
    const { code, hostname, server, message } = (failure as Error).cause as LookupError;
    assert.deepEqual([code, hostname, server], ["ESERVFAIL", "a.test", "192.0.2.53"]);
    assert.equal(message, "the server could not find out (ESERVFAIL, DNS server 192.0.2.53)");
  });

  it("has 4 lookups of one run under way, and 256 of all", () => {
    const asked: string[] = [];
    const askDns = (hostname: string) => {
      asked.push(hostname);
      return { answer: new Promise<never>(() => {}), cancel: () => true };
    };
    const names = new Names({ askDns, hostsFile: "/nonexistent" });
    const { ofOne, ofAll } = SCRIPT_LOOKUPS;
    assert.deepEqual([ofOne, ofAll], [4, 256]);
    const runs = Array.from({ length: ofAll / ofOne }, (_, run) => ({ run }));
    for (const run of runs) {
      const before = asked.length;
      for (let index = 0; index <= ofOne; index++) names.lookup(`${index}.${run.run}.test`, run);
      assert.equal(asked.length, before + ofOne);
    }
    names.lookup("one.more.test", RUN);
    assert.equal(asked.length, ofAll);
    names.lookup("application.test", null);
    assert.equal(asked.length, ofAll + 1);
  });
});

describe("the system", () => {
  /** A system that knows these names, and the names for which it was asked. */
  function system(known: Readonly<Record<string, readonly string[]>>) {
    const asked: string[] = [];
    const askSystem = async (hostname: string): Promise<readonly string[]> => {
      asked.push(hostname);
      if (known[hostname] !== undefined) return known[hostname];
      throw Object.assign(new Error("getaddrinfo"), { code: "ENOTFOUND", syscall: "getaddrinfo" });
    };
    return { asked, askSystem };
  }

  it("is asked for the application where it may know more, and never for a script", async (t) => {
    const nsswitchConf = fileOf(t, "hosts: files resolve dns\n");
    for (const code of ["ENOTFOUND", "ENODATA", "ECONNREFUSED", "ESERVFAIL", "ETIMEOUT", "EREFUSED"]) {
      const { asked, askSystem } = system({ "a.test": ["192.0.2.1", "nonsense"] });
      const { find } = setUp(() => [], { ...failing(code), nsswitchConf, askSystem });
      await assert.rejects(find("a.test", RUN), UNKNOWN);
      assert.deepEqual(asked, []);
      const isAsked = ["ENOTFOUND", "ENODATA", "ECONNREFUSED"].includes(code);
      if (isAsked) assert.deepEqual(await find("a.test"), ["192.0.2.1"], code);
      else await assert.rejects(find("a.test"), UNKNOWN, code);
      assert.deepEqual(asked, isAsked ? ["a.test"] : [], code);
      // These answers are only for the application.
      await assert.rejects(find("a.test", RUN), UNKNOWN);
    }
  });

  it("is not asked where there is nothing else than files and the DNS", async (t) => {
    const { asked, askSystem } = system({});
    const { find } = setUp(() => [], { nsswitchConf: fileOf(t, "hosts: files dns\n"), askSystem });
    await assert.rejects(find("a.test"), UNKNOWN);
    await assert.rejects(find("a.local"), UNKNOWN);
    assert.deepEqual(asked, []);
  });

  it("is asked alone for what is local, and once for what it has said", async (t) => {
    const { asked, askSystem } = system({ "a.local": ["192.0.2.1"], "a.test": ["192.0.2.2"] });
    const nsswitchConf = fileOf(t, "hosts: files mdns4 resolve dns\n");
    const { asked: dns, clock, find } = setUp(() => [], { nsswitchConf, askSystem });
    assert.deepEqual(await find("a.local"), ["192.0.2.1"]);
    assert.deepEqual(await find("a.test"), ["192.0.2.2"]);
    clock.ms = 59_999;
    assert.deepEqual(await find("a.local"), ["192.0.2.1"]);
    assert.deepEqual(await find("a.test"), ["192.0.2.2"]);
    assert.deepEqual([asked, dns], [["a.local", "a.test"], ["a.test"]]);
    await assert.rejects(find("a.local", RUN), UNKNOWN);
    assert.deepEqual(dns, ["a.test", "a.local"]);
  });

  it("gives 32 addresses of each family, like the DNS", async (t) => {
    const many = Array.from({ length: 40 }, (_, index) => [`192.0.2.${index}`, `2600::1:${index}`]).flat();
    const { askSystem } = system({ "many.local": many });
    const nsswitchConf = fileOf(t, "hosts: files mdns4 dns\n");
    const { find } = setUp(() => [], { nsswitchConf, askSystem });
    assert.deepEqual(await find("many.local"), many.slice(0, 64));
  });

  it("holds up nothing that it is not asked for, and has so many threads and no more", async (t) => {
    const asked: string[] = [];
    const askSystem = (hostname: string): Promise<never> => {
      asked.push(hostname);
      return new Promise(() => {});
    };
    const nsswitchConf = fileOf(t, "hosts: files mdns4 dns\n");
    const { find } = setUp((name) => (name === "good.test" ? ["192.0.2.1"] : []), {
      nsswitchConf,
      askSystem,
    });
    for (let index = 0; index < 100; index++) void find(`dead${index}.local`);
    assert.equal(asked.length, mostSystemLookups());
    assert.deepEqual(await find("good.test"), ["192.0.2.1"]);
    assert.deepEqual(await find("good.test", RUN), ["192.0.2.1"]);
  });

  it("leaves a place in libuv's pool of threads for others", () => {
    const table: Record<string, number> = { "": 1, 1: 1, 2: 1, 4: 1, 6: 2, 16: 7, 1024: 511, x: 1 };
    for (const [threads, most] of Object.entries(table)) {
      assert.equal(mostSystemLookups({ UV_THREADPOOL_SIZE: threads }), most, threads);
    }
  });
});
