// The parts of `npm run test:long`. Each is a command: its arguments for Node, and the figures in what it prints.

const LEAST_NOTICED_PERCENT = 80;

/**
 * `about` says what a part does. `command` gets the seed and whether the run is short; it returns arguments for Node, and
 * perhaps an environment. `read` returns the figures, and `isBad` if they are bad though the command did not say so.
 * If `isMissing` says so, the part runs only if it is asked for: it needs what only some machines have.
 */
export const PARTS = [
  {
    name: "nodes",
    about: "all tests on the oldest Node that is supported and on the newest of each line",
    command: ({ isShort }) => ({ args: ["scripts/nodes.js", ...(isShort ? ["test/collections"] : [])] }),
    read: (output) => {
      const [, ...runs] = output.split(/^=== Node /m);
      const figures = runs.map((run) => `Node ${run.split("\n", 1)[0]}: ${countsIn(run)}`);
      return { figures };
    },
  },
  {
    name: "peers",
    about: "the tests against real servers and proxies",
    // Over HTTP/2, 1,400 calls to seven servers; 500 jobs of a queue whose workers are killed.
    command: ({ seed, isShort }) => ({
      args: ["scripts/peers.js", ...(isShort ? ["peers/encoders"] : [])],
      env: isShort ? {} : { SEED: String(seed), CALLS: "200", JOBS: "500" },
    }),
    read: (output) => ({ figures: [countsIn(output)] }),
  },
  {
    name: "bundlers",
    about: "an application that is bundled with each bundler of docs/bundlers.md, in an empty folder",
    command: () => ({ args: ["scripts/bundlers.js"] }),
    read: (output) => {
      const ends = [...output.matchAll(/^(.*): (ok|FAILED)/gm)].map(([, name, end]) => `${name}: ${end}`);
      return { figures: ends, isBad: ends.length === 0 };
    },
  },
  {
    name: "types",
    about: "uses of the package with each version of TypeScript, and each way to find modules",
    command: () => ({ args: ["scripts/types.js"] }),
    read: (output) => {
      const ends = [...output.matchAll(/^TypeScript .*: (ok|FAILED)$/gm)].map(([, end]) => end);
      return {
        figures: [`${ends.filter((end) => end === "ok").length} of ${ends.length} are accepted`],
        isBad: ends.length === 0,
      };
    },
  },
  {
    name: "docs",
    about: "the site of the documentation in a real browser, at two widths",
    command: () => ({ args: ["scripts/docs-browser.js"] }),
    read: (output) => ({ figures: [/^[0-9]+ pages at .*$/m.exec(output)?.[0] ?? "not to the end"] }),
  },
  {
    name: "sdks",
    about: "the calls of well known SDKs of npm, with Node's own fetch and with ours",
    command: () => ({ args: ["scripts/sdks.js"] }),
    read: (output) => {
      const figures = output.match(/^\S+: [0-9]+ calls, [0-9]+ different$/gm) ?? [];
      return { figures, isBad: figures.length === 0 };
    },
  },
  {
    name: "runners",
    about: "the tests of examples/testing with each runner, on the oldest and the newest Node",
    command: () => ({ args: ["scripts/runners.js"] }),
    read: (output) => {
      const ends = [...output.matchAll(/^(.* on Node .*): (ok|FAILED)/gm)].map(
        ([, name, end]) => `${name}: ${end}`,
      );
      return { figures: ends, isBad: ends.length !== 6 };
    },
  },
  {
    name: "corpus",
    about: "the whole corpus of hostile scripts, modules and values",
    command: ({ seed, isShort }) => ({
      args: ["--expose-gc", "--enable-source-maps", "dist/test/hostile/main.js"],
      env: { SEED: String(seed), CASES: isShort ? "2000" : "100000" },
    }),
    read: (output) => {
      const [cases] = /[0-9]+ cases$/m.exec(output) ?? ["no cases"];
      const [speed] = /[0-9]+ cases a second$/m.exec(output) ?? ["not to the end"];
      return { figures: [`${cases}, ${speed}`] };
    },
  },
  {
    name: "secrets",
    about: "generated calls that must not get at the secrets of rules",
    command: ({ seed, isShort }) => ({
      args: ["--enable-source-maps", "dist/test/network/rules/generated/main.js"],
      env: { SEED: String(seed), CALLS: isShort ? "2000" : "10000" },
    }),
    read: (output) => {
      const [figure = "not to the end"] = /[0-9]+ calls, .*$/m.exec(output) ?? [];
      return { figures: [figure] };
    },
  },
  {
    name: "faults",
    about: "calls to a server of HTTP/2 that does everything wrong",
    command: ({ seed, isShort }) => ({
      args: ["--enable-source-maps", "dist/test/network/http2/faults/main.js"],
      env: { SEED: String(seed), CALLS: isShort ? "1000" : "20000" },
    }),
    read: (output) => {
      const [figure = "not to the end"] = /^[0-9]+ calls over HTTP\/2, .*$/m.exec(output) ?? [];
      return { figures: [figure] };
    },
  },
  {
    name: "webassembly",
    about: "the WebAssembly test suite on confined modules, if WEBASSEMBLY_SUITE names its folder",
    isMissing: () => !process.env.WEBASSEMBLY_SUITE,
    command: () => ({ args: ["scripts/webassembly.js"] }),
    read: (output) => {
      const [, ...runs] = output.split(/^=== Node /m);
      const figures = runs.map((run) => {
        const [counts = "not to the end"] = /^[0-9]+ assertions .*$/m.exec(run) ?? [];
        return `Node ${run.split("\n", 1)[0]}: ${counts}`;
      });
      return { figures };
    },
  },
  {
    name: "curl",
    about: "the answers of curl's test suite, if CURL_SUITE names its folder tests/data",
    isMissing: () => !process.env.CURL_SUITE,
    command: () => ({
      args: ["--enable-source-maps", "dist/test/curl-suite/main.js", process.env.CURL_SUITE ?? ""],
    }),
    read: (output) => {
      const [counts = "not to the end"] = /^[0-9]+ tests: .*$/m.exec(output) ?? [];
      return { figures: [counts] };
    },
  },
  {
    name: "script-packages",
    about: "programs with packages of npm, as scripts in JavaScript and in Node",
    command: () => ({ args: ["--enable-source-maps", "dist/test/script-packages/main.js"] }),
    read: (output) => {
      const [counts = "not to the end"] = /^[0-9]+ of [0-9]+ programs .*$/m.exec(output) ?? [];
      return { figures: [counts] };
    },
  },
  {
    name: "test262",
    about: "the tests of JavaScript itself on scripts in JavaScript, if TEST262 names their folder",
    isMissing: () => !process.env.TEST262,
    command: ({ seed, isShort }) => ({
      args: [
        "--enable-source-maps",
        "dist/test/test262/main.js",
        process.env.TEST262 ?? "",
        `--seed=${seed}`,
        `--sample=${isShort ? 300 : 10_000}`,
      ],
    }),
    read: (output) => {
      const [counts = "not to the end"] = /^[0-9]+ files: [0-9]+ runs .*$/m.exec(output) ?? [];
      return { figures: [counts] };
    },
  },
  {
    name: "wpt-scripts",
    about:
      "the web platform tests of the library of scripts in JavaScript, if WEB_PLATFORM_TESTS names their folder",
    isMissing: () => !process.env.WEB_PLATFORM_TESTS,
    command: () => ({
      args: ["--enable-source-maps", "dist/test/wpt-scripts/main.js", process.env.WEB_PLATFORM_TESTS ?? ""],
    }),
    read: (output) => {
      const [counts = "not to the end"] = /^[0-9]+ files: .*$/m.exec(output) ?? [];
      return { figures: [counts] };
    },
  },
  {
    name: "wpt",
    about: "the web platform tests of fetch, if WEB_PLATFORM_TESTS names a copy of them",
    isMissing: () => !process.env.WEB_PLATFORM_TESTS,
    command: () => ({
      args: ["--enable-source-maps", "dist/test/wpt/main.js", process.env.WEB_PLATFORM_TESTS ?? ""],
    }),
    read: (output) => {
      const [counts = "not to the end"] = /^[0-9]+ pages: .*$/m.exec(output) ?? [];
      return { figures: [counts] };
    },
  },
  {
    name: "fuzz",
    about: "the fuzzer, for some minutes",
    command: ({ seed, isShort }) => ({
      args: [
        "--enable-source-maps",
        "dist/test/fuzz/main.js",
        `--seconds=${isShort ? 15 : 600}`,
        `--seed=${seed}`,
      ],
    }),
    read: (output) => {
      const targets = [...output.matchAll(/^\S+ +([0-9]+) cases, at most ([0-9.]+) ms for [0-9]+ bytes/gm)];
      const cases = targets.reduce((sum, [, count]) => sum + Number(count), 0);
      const longest = Math.max(0, ...targets.map(([, , ms]) => Number(ms)));
      const finds = output.match(/^ {4}in /gm)?.length ?? 0;
      const figure = `${targets.length} targets, ${cases} cases, at most ${longest} ms for one, ${finds} finds`;
      return { figures: [figure] };
    },
  },
  {
    name: "holds",
    about: "how long the event loop stands still at the worst",
    command: () => ({ args: ["--expose-gc", "dist/bench/main.js", "holds"] }),
    read: (output) => {
      const rows = [...output.matchAll(/ ([0-9.]+) ms +(?:ok|MISSED) \(at most/g)];
      const missed = output.match(/ MISSED \(/g)?.length ?? 0;
      const longest = Math.max(0, ...rows.map(([, ms]) => Number(ms)));
      return { figures: [`${rows.length} rows, at most ${longest} ms, ${missed} missed`], isBad: missed > 0 };
    },
  },
  {
    name: "memory",
    about: "what a process needs at most while scripts try to hold more than they may",
    command: () => ({ args: ["--expose-gc", "dist/bench/main.js", "memory"] }),
    read: (output) => {
      const rows = [...output.matchAll(/ ([0-9.,]+) MiB +(?:ok|MISSED) \(at most/g)];
      const missed = output.match(/ MISSED \(/g)?.length ?? 0;
      const most = Math.max(0, ...rows.map(([, mebibytes]) => Number(mebibytes.replaceAll(",", ""))));
      return {
        figures: [`${rows.length} attacks, at most ${most} MiB over idle, ${missed} missed`],
        isBad: missed > 0 || rows.length === 0,
      };
    },
  },
  {
    name: "kills",
    about: "10,000 runs whose workers are ended at random moments",
    command: ({ seed, isShort }) => ({
      args: ["--enable-source-maps", "dist/test/script/workers/kills/main.js"],
      env: { SEED: String(seed), RUNS: isShort ? "500" : "10000" },
    }),
    read: (output) => {
      const [figure = "not to the end"] = /^[0-9]+ runs, .*$/m.exec(output) ?? [];
      return { figures: [figure] };
    },
  },
  {
    name: "mutants",
    about: "changes to the sources that a test should notice",
    command: ({ seed, isShort }) => ({
      args: isShort
        ? ["scripts/mutate.js", "network/url", "--sample=4", `--seed=${seed}`]
        : ["scripts/mutate.js", "--sample=30", `--seed=${seed}`],
    }),
    read: (output) => {
      const rooms = [...output.matchAll(/^(\S+): ([0-9]+) of ([0-9]+) noticed \(([0-9]+) %\)$/gm)];
      const figures = rooms.map(
        ([, room, noticed, of, percent]) => `${room}: ${noticed} of ${of} (${percent} %)`,
      );
      const isBad = rooms.some(([, , , , percent]) => Number(percent) < LEAST_NOTICED_PERCENT);
      return { figures, isBad };
    },
  },
];

/** What scripts/test.js has counted. */
function countsIn(output) {
  const [pass, fail] = ["pass", "fail"].map(
    (kind) => output.match(new RegExp(`^# ${kind} ([0-9]+)$`, "m"))?.[1],
  );
  return `${pass ?? "none"} passed, ${fail ?? "none"} failed`;
}
