// Makes the calls of well known SDKs, from npm, with Node's own fetch and with http.fetch, and compares what a server
// sees and what the SDK returns.
// Usage: node scripts/sdks.js
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { inspect, isDeepStrictEqual } from "node:util";
import { createHttpBackground } from "../dist/package/index.js";
import { npm } from "./npm.js";
import { freePorts } from "./peers/program.js";
import anthropic from "./sdks/anthropic.js";
import ky from "./sdks/ky.js";
import octokit from "./sdks/octokit.js";
import openai from "./sdks/openai.js";
import { Recorder } from "./sdks/recorder.js";

const SDKS = [openai, anthropic, octokit, ky];
const FILE_BYTES = 3_000_000;
const OF_FETCH = new Set(["fetch failed", "terminated"]);
/** What is behind a failure has a code of ours, or of undici, unless the system says it. */
const OF_SYSTEM = new Set(["ECONNREFUSED", "ECONNRESET"]);

const folder = mkdtempSync(join(tmpdir(), "http-background-sdks-"));
const path = join(folder, "file.bin");
const recorder = await Recorder.start();
const closed = `http://127.0.0.1:${await freePorts(1)}`;
try {
  writeFileSync(path, Buffer.alloc(FILE_BYTES, "0123456789\n"));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module", private: true }));
  npm("install", "--silent", "--ignore-scripts", "--prefix", folder, ...SDKS.map((sdk) => sdk.package));
  writeFileSync(join(folder, "load.js"), "export default (name) => import(name);");
  const { default: load } = await import(pathToFileURL(join(folder, "load.js")).href);
  for (const sdk of SDKS) await compare(sdk, load);
} finally {
  await recorder.close();
  rmSync(folder, { recursive: true, force: true });
}

async function compare({ package: name, make, calls }, load) {
  const sdk = await load(name.slice(0, name.lastIndexOf("@")));
  let different = 0;
  for (const [what, call] of Object.entries(calls)) {
    const [node, ours] = [await play(sdk, make, call, "node"), await play(sdk, make, call, "ours")];
    if (isDeepStrictEqual(ours, node)) continue;
    different++;
    console.log(inspect({ what, node, ours }, { depth: 8, maxStringLength: 300 }));
  }
  console.log(`${name}: ${Object.keys(calls).length} calls, ${different} different`);
  if (different > 0) process.exitCode = 1;
}

/** @returns what a server saw, and what the SDK returned or threw */
async function play(sdk, make, call, way) {
  // As new: a request over a connection that was used before is sent again if the server has closed it.
  const http = await createHttpBackground({ threads: [{ id: "t" }] }, { env: {} });
  try {
    return await playWith(way === "node" ? globalThis.fetch : http.fetch("t"), sdk, make, call);
  } finally {
    await http.close();
  }
}

async function playWith(fetch, sdk, make, { answers, run, isAbandoned = false }) {
  recorder.play(answers);
  const client = make(sdk, { base: recorder.base, fetch });
  const context = { sdk, fetch, path, closed, whenAsked: () => recorder.whenAsked() };
  const result = await run(client, context).then(asData, asError);
  if (isAbandoned) await recorder.whenAbandoned();
  return { seen: recorder.seen, result };
}

/** What JSON shows of it. */
function asData(value) {
  return JSON.parse(JSON.stringify(value ?? null));
}

/** The error, those behind it up to that of `fetch`, and what the system said. */
function asError(error) {
  const { message, status } = error;
  const chain = [];
  for (let one = error; one instanceof Error; one = one.cause) chain.push(one);
  const ofFetch = chain.findIndex((one) => OF_FETCH.has(one.message));
  const names = (ofFetch === -1 ? chain : chain.slice(0, ofFetch + 1)).map(({ name }) => name);
  const system = chain.find(({ code }) => OF_SYSTEM.has(code))?.code ?? null;
  return { message, status: status ?? null, names, system };
}
