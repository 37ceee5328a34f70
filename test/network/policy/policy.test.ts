import assert from "node:assert/strict";
import diagnostics from "node:diagnostics_channel";
import { describe, it } from "node:test";
import { inspect } from "node:util";
import { HttpBackgroundError } from "../../../host/api/errors.ts";
import type { PolicyDenied } from "../../../host/api/events.ts";
import type { PolicyRules } from "../../../host/api/rules.ts";
import { reportDenial } from "../../../host/network/call/denials.ts";
import type { ExplainingPolicy } from "../../../host/network/policy/decision.ts";
import { createPolicy } from "../../../host/network/policy/policy.ts";
import { ScriptPolicy } from "../../../host/network/policy/script-policy.ts";
import { TransferFailure } from "../../../host/network/transfer/failures.ts";
import type { Transfer } from "../../../host/network/transfer/transfer.ts";
import { parseUrl, type Url } from "../../../host/network/url/url.ts";
import { transferTo } from "../../support/transfers.ts";

function scriptPolicy(rules: PolicyRules): ExplainingPolicy {
  const policy = createPolicy(rules, { audience: "script" });
  assert.ok(policy !== null);
  return policy;
}

function mistake(rules: unknown): HttpBackgroundError {
  try {
    createPolicy(rules as PolicyRules, { audience: "script" });
  } catch (error) {
    assert.ok(error instanceof HttpBackgroundError);
    return error;
  }
  return assert.fail("no error");
}

function denial(run: () => void): TransferFailure {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof TransferFailure);
    return error;
  }
  return assert.fail("not denied");
}

describe("a wrong entry", () => {
  const cases: [rules: unknown, message: string][] = [
    [
      { allow: ["*"] },
      'policy.allow[0]: "*" would allow everything: if you want that, write "https://*:*", and "http://*:*" for plain HTTP',
    ],
    [
      { allow: ["https://a.example", "b.example:8080"] },
      'policy.allow[1]: "b.example:8080" has no scheme: write "https://b.example:8080"',
    ],
    [
      { allow: ["*://b.example"] },
      'policy.allow[0]: "*://b.example" has no scheme: write "https://b.example", and also "http://b.example" for plain HTTP',
    ],
    [
      { allow: ["ftp://b.example"] },
      'policy.allow[0]: "ftp://b.example" has a scheme other than http and https',
    ],
    [
      { allow: ["https://b.example/api"] },
      'policy.allow[0]: "https://b.example/api" is more than an origin: an entry has no path; write "https://b.example"',
    ],
    [
      { allow: ["https://u:p@b.example"] },
      'policy.allow[0]: "https://u:p@b.example" has a user in it: write "https://b.example"',
    ],
    [
      { allow: ["https://.b.example"] },
      'policy.allow[0]: "https://.b.example" has one dot too many: write "*." for subdomains',
    ],
    [
      { allow: ["https:/b.example"] },
      'policy.allow[0]: "https:/b.example" has no scheme: write "https://b.example"',
    ],
    [
      { allow: ["https:///b.example"] },
      'policy.allow[0]: "https:///b.example" has no host: an entry is scheme://host[:port], such as "https://api.example.com"',
    ],
    [
      { allow: [""] },
      'policy.allow[0]: "" is not an origin: an entry is scheme://host[:port], such as "https://api.example.com"',
    ],
    [
      { allow: ["https://*b.example"] },
      'policy.allow[0]: "https://*b.example" has a "*" that is neither the whole host, nor the whole port, nor a leading "*." for subdomains',
    ],
    [
      { block: ["private", "10.0.0.0/33"] },
      'policy.block[1]: "10.0.0.0/33" is not a range: an entry is a name, "*.name", an address, a range such as "10.0.0.0/8", or "private"',
    ],
    [
      { block: [".b.example"] },
      'policy.block[0]: ".b.example" has one dot too many: write "*." for subdomains',
    ],
    [
      { block: ["10.0.0.256"] },
      'policy.block[0]: "10.0.0.256" is neither an address nor a range: an entry is a name, "*.name", an address, a range such as "10.0.0.0/8", or "private"',
    ],
    [
      { block: ["http://b.example"] },
      'policy.block[0]: "http://b.example" is an origin: block its name or its address',
    ],
    [
      { block: ["b.example:80"] },
      'policy.block[0]: "b.example:80" has a port: a host is blocked on all its ports; write it without a port',
    ],
    [
      { block: ["*.10.0.0.1"] },
      'policy.block[0]: "*.10.0.0.1" has a wildcard in an address: write a range, "10.0.0.0/8"',
    ],
    [
      { block: ["u@b.example"] },
      'policy.block[0]: "u@b.example" is not a host: an entry is a name, "*.name", an address, a range such as "10.0.0.0/8", or "private"',
    ],
    [{ block: [""] }, 'policy.block[0]: "" would block everything: for that, write an empty allow list'],
    [{ block: ["*"] }, 'policy.block[0]: "*" would block everything: for that, write an empty allow list'],
    [
      { block: [7] },
      'policy.block[0]: number is not a string: an entry is a name, "*.name", an address, a range such as "10.0.0.0/8", or "private"',
    ],
    [
      { block: [null] },
      'policy.block[0]: null is not a string: an entry is a name, "*.name", an address, a range such as "10.0.0.0/8", or "private"',
    ],
    [
      { allow: [["https://a.example"]] },
      'policy.allow[0]: a list is not a string: an entry is scheme://host[:port], such as "https://api.example.com"',
    ],
    [
      { options: ["proxy", "timeout"] },
      'policy.options[1]: "timeout" is not one of these options: proxy, sourceip, tls_verify_peer, tls_verify_host, tls_client_cert',
    ],
    [{ deny: [] }, "policy.deny: no such key; the keys are allow, block, options"],
    [{ allow: "https://a.example" }, "policy.allow: must be an array of strings and rules"],
    [[], "policy: must be an object with allow, block, options"],
    [null, "policy: must be an object with allow, block, options"],
    [new Map([["allow", []]]), "policy: must be an object with allow, block, options"],
    ["private", "policy: must be an object with allow, block, options"],
  ];
  for (const [rules, message] of cases) {
    it(`is named, with advice: ${inspect(rules, { depth: 5, breakLength: Number.POSITIVE_INFINITY })}`, () => {
      const error = mistake(rules);
      assert.deepEqual([error.code, error.message], ["BAD_CONFIG", message]);
      assert.equal(error.option, message.slice(0, message.indexOf(":")));
    });
  }
});

describe("the advice of a denial", () => {
  const rules = { allow: ["https://*.example.com", "http://*:*"] };
  const urls = [
    "https://other.test/",
    "https://other.test:8443/x",
    "http://127.0.0.1/",
    "http://0x7f.1:8080/",
    "http://[::1]:8080/",
    "http://[fe80::1%25eth0]/",
    "http://localhost:3000/",
    "http://localhost../",
    "http://0x7f.1.../",
    "https://bücher.test/",
  ];
  for (const text of urls) {
    it(`is the entry that allows it: ${text}`, () => {
      const url = parseUrl(Buffer.from(text).toString("latin1"));
      const { allowed, advice } = scriptPolicy(rules).explain(url);
      const [, entry] = /^add "(.+)" to allow$/.exec(advice ?? "") ?? [];
      assert.ok(!allowed && entry !== undefined, String(advice));
      assert.ok(scriptPolicy({ allow: [...rules.allow, entry] }).explain(url, ["10.0.0.1"]).allowed);
    });
  }

  it("is none for a name that no entry can allow", () => {
    for (const [text, allow] of [
      ["http://a..b/", []],
      ["http://./", []],
      ["http://a..localhost/", ["http://*"]],
    ] as const) {
      const { allowed, advice } = scriptPolicy({ allow }).explain(parseUrl(text));
      assert.deepEqual([allowed, advice], [false, "nothing: no host name has an empty label"], text);
    }
  });

  it("is the entry that opens a name with a private address", () => {
    const { advice, address, range } = scriptPolicy(rules).explain(parseUrl("https://a.example.com/"), [
      "10.0.0.1",
    ]);
    assert.deepEqual(
      [advice, address, range],
      ['add "https://a.example.com" to allow', "10.0.0.1", "private"],
    );
  });

  it("is to remove the block entry where there is one", () => {
    const { advice } = scriptPolicy({ ...rules, block: ["10.0.0.0/8"] }).explain(
      parseUrl("http://10.0.0.1/"),
    );
    assert.equal(advice, 'remove "10.0.0.0/8" from block');
  });

  it("is absent where all is well", () => {
    assert.deepEqual(scriptPolicy(rules).explain(parseUrl("https://a.example.com/"), ["93.184.216.34"]), {
      allowed: true,
      rule: "allow https://*.example.com",
      address: null,
      range: null,
      advice: null,
    });
  });
});

describe("what a script asks for", () => {
  it("is told as entries that allow it, each of which is one", () => {
    const urls = [
      "http://u:p@A.example:080/x",
      "https://bücher.test",
      "http://0x7f.1../",
      "http://[fe80::1%25eth0]:0/",
      "http://localhost",
      "http://1.2.3.4.5/",
      "http://a..b/",
      "http://./",
    ].map((text) => parseUrl(Buffer.from(text).toString("latin1")));
    const asked: string[] = [];
    const onOrigin = (entry: string): void => void asked.push(entry);
    const closed = new ScriptPolicy(scriptPolicy({}), { onOrigin }, true);
    for (const url of urls) closed.observe(url, { method: "GET", target: url.target });
    assert.deepEqual(asked, [
      "http://a.example",
      "https://xn--bcher-kva.test",
      "http://127.0.0.1",
      "http://[fe80::1%25eth0]:0",
      "http://localhost",
      "http://1.2.3.4.5",
    ]);
    const open = scriptPolicy({ allow: asked });
    for (const url of urls.slice(0, asked.length)) open.checkUrl(url);
  });

  it("are told with method and path, which is null if no rule can have it", () => {
    const asked: unknown[] = [];
    const policy = new ScriptPolicy(scriptPolicy({}), { onRequest: (one) => void asked.push(one) }, true);
    for (const target of ["/v1/x?y=/z", "/", "/a//b", "/caf%c3%a9"])
      policy.observe(parseUrl("https://a.example"), { method: "P\xc3\xa9", target });
    const common = { origin: "https://a.example", method: "Pé" };
    assert.deepEqual(
      asked,
      ["/v1/x", "/", null, "/caf%c3%a9"].map((path) => ({ ...common, path })),
    );
  });
});

describe("the options of a call of a script", () => {
  it("count, but the proxy only if the script has named it", () => {
    const seen: Transfer[] = [];
    const policy = { checkUrl() {}, checkAddress() {}, checkOptions: (one: Transfer) => void seen.push(one) };
    const transfer = { ...transferTo("https://a.example"), proxy: "http://proxy.example" } as Transfer;
    for (const namesProxy of [true, false]) new ScriptPolicy(policy, {}, namesProxy).checkOptions(transfer);
    assert.deepEqual(seen, [transfer, { ...transfer, proxy: null }]);
  });
});

describe("a rule with a secret", () => {
  const headers = { "X-Key": "s" };
  const policy = scriptPolicy({
    allow: ["http://a.example", "https://a.example", "http://127.0.0.1"].map((origin) => ({
      origin,
      headers,
    })),
  });
  const [plain, secure, own] = ["http://a.example", "https://a.example", "http://127.0.0.1"].map((text) =>
    parseUrl(text),
  ) as [Url, Url, Url];

  it("allows addresses over plain HTTP only at loopback, and over TLS others too", () => {
    const { cause } = denial(() => policy.checkAddress(plain, "93.184.216.34"));
    assert.equal((cause as { rule?: string }).rule, "closed plain HTTP");
    policy.checkAddress(secure, "93.184.216.34");
    policy.checkAddress(own, "127.0.0.1");
  });
});

describe("a check that denies", () => {
  const policy = scriptPolicy({ allow: ["http://*:*"] });
  const url = parseUrl("http://user:secret@a.example:8080/path?query");

  it("throws the same failure whatever the reason, with the decision as its cause", () => {
    const byUrl = denial(() => policy.checkUrl(parseUrl("https://a.example/")));
    const byAddress = denial(() => policy.checkAddress(url, "::ffff:10.0.0.1"));
    const byRubbish = denial(() => policy.checkAddress(url, "somewhere"));
    for (const failure of [byUrl, byAddress, byRubbish]) {
      assert.deepEqual([failure.code, failure.message], ["DENIED", "Request denied by policy"]);
    }
    assert.deepEqual(byAddress.cause, {
      allowed: false,
      rule: "default private",
      address: "::ffff:a00:1",
      range: "ipv4Mapped",
      advice: 'add "http://a.example:8080" to allow',
    });
  });

  it("decides the same on the ten-thousandth origin, and on the first one again", () => {
    policy.checkUrl(url);
    for (let port = 1; port <= 10_000; port++) {
      const other = { ...url, port };
      policy.checkUrl(other);
      denial(() => policy.checkAddress(other, "127.0.0.1"));
    }
    policy.checkUrl(url);
    denial(() => policy.checkAddress(url, "127.0.0.1"));
    policy.checkAddress(url, "93.184.216.34");
  });

  it("decides about names that are too long to be looked up", () => {
    const hostname = `${"a.".repeat(1000)}example`;
    policy.checkUrl({ ...url, hostname });
    denial(() => policy.checkAddress({ ...url, hostname }, "127.0.0.1"));
  });

  it("takes no longer for a host of thousands of labels than for another of that length", () => {
    const rules = { allow: ["http://*.y.example", "http://*:*"], block: ["*.x.example"] };
    const timeOf = (hostname: string): number => {
      const fresh = scriptPolicy(rules);
      const start = performance.now();
      for (let calls = 0; calls < 10; calls++) fresh.explain({ ...url, hostname });
      return performance.now() - start;
    };
    // Linear time is a few milliseconds; time of the length squared would be seconds.
    assert.ok(timeOf(`${"a.".repeat(32_000)}b`) < 1000);
    assert.ok(timeOf(`a${".".repeat(64_000)}b`) < 1000);
  });

  it("tells the operator on the diagnostics channel, without credentials or path", () => {
    const heard: unknown[] = [];
    const listen = (message: unknown) => heard.push(message);
    const failure = denial(() => policy.checkAddress(url, "10.0.0.1"));
    reportDenial(failure, { thread: "default", call: 5, asker: null, url, hop: 2 });
    diagnostics.subscribe("http-background:policy:denied", listen);
    try {
      reportDenial(failure, { thread: "default", call: 5, asker: null, url, hop: 2 });
      reportDenial(new TransferFailure("COULDNT_CONNECT"), {
        thread: "default",
        call: 5,
        asker: null,
        url,
        hop: 0,
      });
    } finally {
      diagnostics.unsubscribe("http-background:policy:denied", listen);
    }
    const expected: PolicyDenied = {
      thread: "default",
      call: 5,
      origin: "http://a.example:8080",
      hop: 2,
      allowed: false,
      rule: "default private",
      address: "10.0.0.1",
      range: "private",
      advice: 'add "http://a.example:8080" to allow',
    };
    assert.deepEqual(heard, [expected]);
  });
});

describe("the options that widen what a call may do", () => {
  const uses: [option: string, changes: Partial<Transfer>][] = [
    ["proxy", { proxy: "http://127.0.0.1:3128" }],
    ["proxy", { proxy: "" }],
    ["sourceip", { sourceip: "127.0.0.2" }],
    ["tls_verify_peer", { tlsVerifyPeer: false }],
    ["tls_verify_host", { tlsVerifyHost: false }],
    [
      "tls_client_cert",
      { clientCertificate: { certificate: Buffer.of(), privateKey: Buffer.of(), chain: [] } },
    ],
  ];
  const plain = transferTo("http://a.example", { proxy: null, timeout: 1, username: "u", headers: ["X: y"] });

  for (const [option, changes] of uses) {
    it(`are closed to scripts, each with a switch of its own: ${JSON.stringify(changes)}`, () => {
      const transfer = { ...plain, ...changes };
      const failure = denial(() => scriptPolicy({}).checkOptions?.(transfer));
      assert.equal(failure.code, "DENIED");
      assert.deepEqual(failure.cause, {
        allowed: false,
        rule: `option ${option}`,
        address: null,
        range: null,
        advice: `add "${option}" to options`,
      });
      scriptPolicy({ options: [option] }).checkOptions?.(transfer);
      const others = uses.map(([name]) => name).filter((name) => name !== option);
      denial(() => scriptPolicy({ options: others }).checkOptions?.(transfer));
    });
  }

  it("are open where they change nothing", () => {
    scriptPolicy({}).checkOptions?.(plain);
    scriptPolicy({}).checkOptions?.({ ...plain, sourceip: "" });
  });

  it("are open to an application unless it lists some", () => {
    const transfer = { ...plain, proxy: "http://127.0.0.1:3128" };
    createPolicy({ block: ["private"] }, { audience: "application" })?.checkOptions?.(transfer);
    denial(() => createPolicy({ options: [] }, { audience: "application" })?.checkOptions?.(transfer));
  });
});

describe("an application", () => {
  it("without rules has no policy at all", () => {
    for (const rules of [undefined, {}, { block: [] }, { allow: undefined, block: undefined }]) {
      assert.equal(createPolicy(rules, { audience: "application" }), null);
    }
  });

  it("with an empty allow list has one that allows nothing", () => {
    const policy = createPolicy({ allow: [] }, { audience: "application" });
    assert.equal(policy?.explain(parseUrl("http://a.example/")).rule, "default deny");
  });
});

describe("a blocked loopback address", () => {
  const ROWS: readonly (readonly [block: string, hosts: readonly string[]])[] = [
    ["127.0.0.0/8", ["127.0.0.1", "0", "0x0", "0.0.0.0", "[::ffff:0.0.0.0]", "[::]"]],
    ["127.0.0.1", ["127.1", "0.0.0.0", "[64:ff9b::]"]],
    ["::1", ["[::1]", "[::]", "[0:0::0]"]],
  ];
  for (const [block, hosts] of ROWS) {
    it(`${block} is blocked by the names of the unspecified address, too`, () => {
      const policy = createPolicy({ block: [block] }, { audience: "application" }) as ExplainingPolicy;
      for (const host of hosts) {
        const url = parseUrl(`http://${host}/`);
        const check = (): void => {
          policy.checkUrl(url);
          policy.checkAddress(url, url.hostname);
        };
        assert.equal(denial(check).code, "DENIED", host);
      }
    });
  }
});
