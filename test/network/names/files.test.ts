import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { parseHosts } from "../../../host/network/names/hosts-file.ts";
import { parseNameServices } from "../../../host/network/names/name-services.ts";
import { candidatesFor, parseResolvConf } from "../../../host/network/names/resolv-conf.ts";
import { WatchedFile } from "../../../host/network/names/watched-file.ts";

describe("parseHosts", () => {
  it("has every address of a name, in the order of the file, whatever its case", () => {
    const text = [
      "# 192.0.2.9 comment.test",
      "192.0.2.1\tone.test  ALIAS.test # two.test",
      "::1 one.test",
      "192.0.2.1 one.test",
      "  192.0.2.2   one.test\r",
      "fe80::1%lo0 zone.test",
      "192.0.2 half.test",
      "192.0.2.3",
      "nonsense none.test",
      "",
    ].join("\n");
    assert.deepEqual(Object.fromEntries(parseHosts(text)), {
      "one.test": ["192.0.2.1", "::1", "192.0.2.2"],
      "alias.test": ["192.0.2.1"],
      "zone.test": ["fe80::1%lo0"],
    });
  });
});

describe("parseResolvConf", () => {
  const DEFAULTS = { ndots: 1, timeoutMs: 2000, tries: 3 };

  it("reads domains and options, and passes over what it does not know", () => {
    const table: Record<string, object> = {
      "search a.test b.test\nnameserver 192.0.2.1": { ...DEFAULTS, search: ["a.test", "b.test"] },
      "domain a.test": { ...DEFAULTS, search: ["a.test"] },
      "search a.test\ndomain b.test": { ...DEFAULTS, search: ["b.test"] },
      "domain b.test\n search .A.test. .": { ...DEFAULTS, search: ["a.test"] },
      "search x\noptions ndots:5 timeout:1 attempts:2 rotate edns0": {
        search: ["x"],
        ndots: 5,
        timeoutMs: 1000,
        tries: 2,
      },
      "search x\noptions ndots:16 timeout:31 attempts:6": {
        search: ["x"],
        ndots: 15,
        timeoutMs: 30_000,
        tries: 5,
      },
      "search x\noptions ndots: timeout:x attempts:-1 __proto__:1 ndots:99999999999": {
        ...DEFAULTS,
        search: ["x"],
      },
      "search x\noptions timeout:0 attempts:0 ndots:0": {
        search: ["x"],
        ndots: 0,
        timeoutMs: 1000,
        tries: 1,
      },
    };
    for (const [text, expected] of Object.entries(table)) {
      assert.deepEqual(parseResolvConf(text, {}), expected, text);
    }
  });

  it("takes the domain of the machine's own name where none is written", () => {
    const [, ...domain] = hostname().split(".");
    assert.deepEqual(parseResolvConf("", {}).search, domain.length === 0 ? [] : [domain.join(".")]);
  });

  it("is overruled by the environment", () => {
    const env = { LOCALDOMAIN: "env.test", RES_OPTIONS: "ndots:3" };
    const { search, ndots } = parseResolvConf("search a.test\noptions ndots:2", env);
    assert.deepEqual({ search, ndots }, { search: ["env.test"], ndots: 3 });
  });

  it("has at most 32 domains", () => {
    const domains = Array.from({ length: 33 }, (_, index) => `d${index}`);
    const { search } = parseResolvConf(`search ${domains.join(" ")}`, {});
    assert.deepEqual(search, domains.slice(0, 32));
  });
});

describe("candidatesFor", () => {
  const conf = { search: ["a.test", "b.test"], ndots: 2, timeoutMs: 1, tries: 1 };

  it("has the name first that has dots enough, and the name last that has not", () => {
    assert.deepEqual(candidatesFor("x", conf), ["x.a.test", "x.b.test", "x"]);
    assert.deepEqual(candidatesFor("x.y", conf), ["x.y.a.test", "x.y.b.test", "x.y"]);
    assert.deepEqual(candidatesFor("x.y.z", conf), ["x.y.z", "x.y.z.a.test", "x.y.z.b.test"]);
    assert.deepEqual(candidatesFor("x.", conf), ["x."]);
  });
});

describe("parseNameServices", () => {
  it("says which names the system may know beside the files and the DNS", () => {
    const own = hostname().toLowerCase();
    const table: [text: string, knows: readonly string[], knowsNot: readonly string[]][] = [
      ["hosts: files dns", [], ["a.test", "a.local", own]],
      ["hosts:\tdns [!UNAVAIL=return] files # mdns", [], ["a.test", "a.local"]],
      ["passwd: files\n hosts: files mdns4_minimal [NOTFOUND=return] dns", ["a.local"], ["a.test", own]],
      ["hosts: files [ SUCCESS=return ]dns myhostname", [own, "_gateway"], ["a.test", "a.local"]],
      ["hosts: files resolve [!UNAVAIL=return] dns", ["a.test", "a", "a.local"], []],
      ["hosts: files ldap", ["a.test"], []],
      ["", [], ["a.test", "a.local"]],
    ];
    for (const [text, knows, knowsNot] of table) {
      const services = parseNameServices(text, "linux");
      for (const name of knows) assert.equal(services.mayKnow(name), true, `${text}: ${name}`);
      for (const name of knowsNot) assert.equal(services.mayKnow(name), false, `${text}: ${name}`);
    }
  });

  it("has local names asked of the system alone, where it knows such names", () => {
    const mdns = parseNameServices("hosts: files mdns4 dns", "linux");
    assert.deepEqual([mdns.isLocal("a.local"), mdns.isLocal("a.test")], [true, false]);
    assert.equal(parseNameServices("hosts: files resolve", "linux").isLocal("a.local"), false);
    assert.equal(parseNameServices("hosts: files dns", "linux").isLocal("a.local"), false);
  });

  it("supposes that other systems may know any name", () => {
    for (const platform of ["darwin", "win32"]) {
      const services = parseNameServices("", platform);
      assert.deepEqual([services.mayKnow("a.test"), services.isLocal("a.local")], [true, true]);
    }
  });
});

describe("WatchedFile", () => {
  it("is read again when it has changed, and looked at every five seconds", (t) => {
    const folder = mkdtempSync(join(tmpdir(), "watched-"));
    t.after(() => rmSync(folder, { recursive: true }));
    const path = join(folder, "file");
    const clock = { ms: 0 };
    let reads = 0;
    const file = new WatchedFile(
      path,
      (text) => {
        reads++;
        return text;
      },
      () => clock.ms,
    );
    assert.equal(file.value, "");
    writeFileSync(path, "one");
    clock.ms = 4999;
    assert.equal(file.value, "");
    clock.ms = 5000;
    assert.equal(file.value, "one");
    clock.ms = 10_000;
    assert.deepEqual([file.value, reads], ["one", 2]);
    // The length is the same, only the time differs.
    writeFileSync(path, "two");
    utimesSync(path, 1, 1);
    clock.ms = 15_000;
    assert.deepEqual([file.value, reads], ["two", 3]);
    rmSync(path);
    clock.ms = 20_000;
    assert.deepEqual([file.value, reads], ["", 4]);
    mkdirSync(path);
    clock.ms = 25_000;
    assert.equal(file.value, "");
  });
});
