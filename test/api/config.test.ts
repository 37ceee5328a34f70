import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Ajv } from "ajv";
import { parseConfig } from "../../host/api/config.ts";
import { HttpBackgroundError } from "../../host/api/errors.ts";
import { readText } from "../support/root.ts";

const ACCEPTED: [name: string, config: unknown, threads: unknown][] = [
  ["no threads at all", { threads: [] }, []],
  ["a thread without limits", { threads: [{ id: "a" }] }, [{ id: "a", maxTotal: 0, maxHost: 0 }]],
  [
    "limits of 0, which are none",
    { threads: [{ id: "a", max_total: 0, max_host: 0 }] },
    [{ id: "a", maxTotal: 0, maxHost: 0 }],
  ],
  [
    "the configuration of the original's documentation",
    { threads: [{ id: "default", max_total: 100, max_host: 20 }] },
    [{ id: "default", maxTotal: 100, maxHost: 20 }],
  ],
  [
    "max_hosts, the name that the original reads",
    { threads: [{ id: "a", max_hosts: 2 }] },
    [{ id: "a", maxTotal: 0, maxHost: 2 }],
  ],
  [
    "max_host and max_hosts that agree",
    { threads: [{ id: "a", max_host: 2, max_hosts: 2 }] },
    [{ id: "a", maxTotal: 0, maxHost: 2 }],
  ],
  [
    "limits in quotes, as the original reads them",
    { threads: [{ id: "a", max_total: "100", max_host: "0020" }] },
    [{ id: "a", maxTotal: 100, maxHost: 20 }],
  ],
  [
    "max_host and max_hosts that agree, one of them in quotes",
    { threads: [{ id: "a", max_host: 2, max_hosts: "2" }] },
    [{ id: "a", maxTotal: 0, maxHost: 2 }],
  ],
  [
    "limits that are undefined",
    { threads: [{ id: "a", max_total: undefined, max_host: undefined }] },
    [{ id: "a", maxTotal: 0, maxHost: 0 }],
  ],
  [
    "ids that differ in case, and an empty one",
    { threads: [{ id: "a" }, { id: "A" }, { id: "" }] },
    ["a", "A", ""].map((id) => ({ id, maxTotal: 0, maxHost: 0 })),
  ],
];

type Refusal = [name: string, config: unknown, option: string | undefined, says: RegExp];

const REFUSED: Refusal[] = [
  ["nothing", undefined, undefined, /the configuration must be an object; got undefined$/],
  ["null", null, undefined, /must be an object; got null$/],
  ["an array", [], undefined, /must be an object; got \[\]$/],
  ["no threads key", {}, "threads", /threads is missing$/],
  ["threads that is an object", { threads: {} }, "threads", /threads must be an array; got {}$/],
  ["an unknown key", { threads: [], pool: 1 }, "pool", /pool is unknown; the keys here are threads$/],
  ["a misspelt key", { thread: [] }, "thread", /thread is unknown/],
  ["a key with a slash and a tilde", { threads: [], "a/~b": 1 }, "a/~b", /a\/~b is unknown/],
  ["a thread that is a string", { threads: ["a"] }, "threads[0]", /must be an object; got 'a'$/],
  ["a thread without an id", { threads: [{}] }, "threads[0].id", /threads\[0\]\.id is missing$/],
  ["an id that is a number", { threads: [{ id: 1 }] }, "threads[0].id", /must be a string; got 1$/],
  [
    "an unknown key of a thread",
    { threads: [{ id: "a" }, { id: "b", max_conns: 1 }] },
    "threads[1].max_conns",
    /max_conns is unknown; the keys here are id, max_total, max_host, max_hosts, http_version$/,
  ],
  [
    "a negative limit",
    { threads: [{ id: "a", max_total: -1 }] },
    "threads[0].max_total",
    /at least 0; got -1$/,
  ],
  ["a fraction", { threads: [{ id: "a", max_host: 1.5 }] }, "threads[0].max_host", /whole number; got 1.5$/],
  [
    "an infinite limit",
    { threads: [{ id: "a", max_host: Infinity }] },
    "threads[0].max_host",
    /whole number/,
  ],
  [
    "another version",
    { threads: [{ id: "a", http_version: "3" }] },
    "threads[0].http_version",
    /must be 1.1 or 2; got '3'$/,
  ],
  ["NaN", { threads: [{ id: "a", max_host: Number.NaN }] }, "threads[0].max_host", /whole number; got NaN$/],
  ...["", "abc", "-1", "+1", "1.5", "1e2", " 1", "1 ", "0x1", "\u0661", "1".repeat(16)].map(
    (text): Refusal => [
      `a limit that is the text "${text}"`,
      { threads: [{ id: "a", max_total: text }] },
      "threads[0].max_total",
      /must be a whole number; got '/,
    ],
  ),
  [
    "a limit that is null",
    { threads: [{ id: "a", max_hosts: null }] },
    "threads[0].max_hosts",
    /whole number; got null$/,
  ],
];

/** Wrong configurations that a schema cannot refuse. */
const REFUSED_BEYOND_SCHEMA: Refusal[] = [
  [
    "a duplicate id",
    { threads: [{ id: "a" }, { id: "b" }, { id: "a", max_total: 1 }] },
    "threads[2].id",
    /'a'/,
  ],
  [
    "max_host and max_hosts that differ",
    { threads: [{ id: "a", max_host: 1, max_hosts: 2 }] },
    "threads[0].max_hosts",
    /they differ: 2 and 1$/,
  ],
];

describe("parseConfig", () => {
  for (const [name, config, threads] of ACCEPTED) {
    it(`accepts ${name}`, () => {
      assert.deepEqual(parseConfig(config), threads);
    });
  }

  for (const [name, config, option, says] of [...REFUSED, ...REFUSED_BEYOND_SCHEMA]) {
    it(`refuses ${name}, and names the key`, () => {
      assert.throws(
        () => parseConfig(config),
        (error: unknown) => {
          assert.ok(error instanceof HttpBackgroundError);
          assert.equal(error.code, "BAD_CONFIG");
          assert.equal(error.option, option);
          assert.match(error.message, /^Bad configuration: /);
          assert.match(error.message, says);
          return true;
        },
      );
    });
  }
});

describe("http-background.schema.json", () => {
  const schema = JSON.parse(readText("http-background.schema.json")) as object;
  const isValid = new Ajv({ allowUnionTypes: true }).compile(schema);

  it("accepts what parseConfig accepts", () => {
    for (const [name, config] of ACCEPTED) assert.ok(isValid(config), name);
  });

  it("refuses what parseConfig refuses, but for the rules that a schema cannot say", () => {
    for (const [name, config] of REFUSED) assert.ok(!isValid(config), name);
    for (const [name, config] of REFUSED_BEYOND_SCHEMA) assert.ok(isValid(config), name);
  });
});
