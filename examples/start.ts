// The story of `npm start`, about scripts that nobody trusts. Usage: node dist/examples/start.js [--waiting N]
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { createHttpBackground, type HttpBackground } from "../host/index.ts";
import { createScriptRuntime, type Script, ScriptError, type ScriptRuntime } from "../host/script/index.ts";
import { type Api, startApi } from "./start/api.ts";
import { formatLatency, measureLatency } from "./start/latency.ts";
import { Page } from "./start/page.ts";
import { waitTogether } from "./start/waiting.ts";

const TOKEN = "a-secret-that-no-script-sees";
const ELSEWHERE = "http://169.254.169.254/latest/meta-data/";
const MEASURED_MS = 1000;
const ENDLESS = "export default function main() { for (;;); }";

const { values } = parseArgs({ options: { waiting: { type: "string" } } });
const count = values.waiting === undefined ? undefined : readCount(values.waiting);
const page = new Page();
await using api = await startApi(TOKEN);
const http = await createHttpBackground({ threads: [{ id: "default", max_total: 100 }] });
const runtime = createScriptRuntime({
  http,
  allow: [
    {
      origin: api.url,
      methods: ["GET"],
      paths: ["/customers/*", "/slow"],
      headers: { Authorization: `Bearer ${TOKEN}` },
    },
  ],
  limits: { timeout: 600, concurrentRuns: 1_000_000, queuedRuns: 1_000_000 },
});
try {
  // The compiler takes seconds, in a thread of its own. So it begins now.
  const hello = runtime.compile({ name: "hello.ts", source: sourceOf("hello.ts") });
  await tellOfCustomer(runtime, api);
  await tellOfAssemblyScript(hello, api);
  await tellOfEndless(http, runtime, api);
  await waitTogether({ page, runtime, api, count });
} finally {
  await runtime.destroy();
  await http.destroy();
}

async function tellOfCustomer(scripts: ScriptRuntime, { url }: Api): Promise<void> {
  page.title("1. A script of a customer, in JavaScript");
  const source = sourceOf("customer.js");
  page.quote(source);
  page.say("");
  page.say("The application allows one API, GET, and one path. A rule adds a token to these requests.");
  const script = await scripts.compile({ name: "customer.js", source });
  const { output } = await script.run("default", { args: [url, ELSEWHERE] });
  page.say("The script printed:");
  page.quote(output);
  page.good("The API got its token. The script never had it.");
  page.good("DELETE, and the address of the cloud's metadata, were denied before any connection.");
}

async function tellOfAssemblyScript(script: Promise<Script>, { url }: Api): Promise<void> {
  page.title("2. The same in AssemblyScript, which is compiled to WebAssembly");
  page.quote(sourceOf("hello.ts"));
  page.say("");
  page.say("It is compiled …");
  const { output } = await (await script).run("main", { args: [url] });
  page.say("The script printed:");
  page.quote(output);
}

async function tellOfEndless(own: HttpBackground, scripts: ScriptRuntime, { url }: Api): Promise<void> {
  page.title("3. A script that never ends");
  page.quote(ENDLESS);
  page.say("");
  const endless = await scripts.compile({ name: "endless.js", source: ENDLESS });
  page.say(`Without it: ${formatLatency(await measureLatency(own, url, MEASURED_MS))}`);
  const run = endless.run("default").catch((error: unknown) => error);
  page.say(`While it runs: ${formatLatency(await measureLatency(own, url, MEASURED_MS))}`);
  const error = await run;
  if (!(error instanceof ScriptError)) throw new Error("the endless script has ended");
  page.good(`It was ended with ${error.code}: ${error.message}`);
}

function readCount(text: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  console.error(`--waiting: must be a number of scripts, not "${text}"`);
  process.exit(2);
}

function sourceOf(name: string): string {
  return readFileSync(new URL(`../../examples/start/${name}`, import.meta.url), "utf8");
}
