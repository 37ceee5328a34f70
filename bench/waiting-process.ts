import { once } from "node:events";
import { createRequire } from "node:module";
import { type AddressInfo, createServer } from "node:net";
import { setTimeout } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { createHttpBackground } from "../host/index.ts";
import { createScriptRuntime, type ScriptText } from "../host/script/index.ts";

/** Starts so many programs that wait for an answer which does not come. */
type Start = (count: number, url: string, folder: string) => Promise<void>;

const WARM_UP = 3;
const LOOK_MS = 20;

const SCRIPTS: Record<string, ScriptText> = {
  javascript: {
    name: "waits.js",
    source: `import { args, http_background } from "http-background/guest";
      export default async function main() { return (await http_background("default", String(args()[0]))).status; }`,
  },
  assemblyscript: {
    name: "waits.ts",
    source: `import { args, http_background } from "http-background/assembly";
      export function main(): i32 { return http_background("default", args()[0]).status; }`,
  },
};

const STARTS: Record<string, Start> = {
  javascript: (count, url) => startScripts(SCRIPTS.javascript as ScriptText, count, url),
  assemblyscript: (count, url) => startScripts(SCRIPTS.assemblyscript as ScriptText, count, url),
  worker: startWorkers,
  "quickjs-emscripten": startQuickJs,
};

async function startScripts(text: ScriptText, count: number, url: string): Promise<void> {
  const http = await createHttpBackground({ threads: [{ id: "default", max_total: 10 }] });
  const limits = { timeout: 3600, concurrentRuns: 2 * count, queuedRuns: 2 * count };
  const runtime = createScriptRuntime({ http, allow: [url], limits });
  const script = await runtime.compile(text);
  for (let i = 0; i < count; i++) void script.run(undefined, { args: [url] }).catch(() => {});
  while (runtime.stats().waiting < count) await setTimeout(LOOK_MS);
}

async function startWorkers(count: number, url: string): Promise<void> {
  const source = `import { parentPort } from "node:worker_threads";
    parentPort.postMessage("begun");
    await fetch(${JSON.stringify(url)});`;
  for (let i = 0; i < count; i++) {
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`));
    await once(worker, "message");
  }
}

async function startQuickJs(count: number, _url: string, folder: string): Promise<void> {
  const { newQuickJSAsyncWASMModule } = (await load(folder, "quickjs-emscripten")) as QuickJs;
  for (let i = 0; i < count; i++) {
    const context = (await newQuickJSAsyncWASMModule()).newContext();
    await new Promise<void>((resolve) => {
      const wait = context.newAsyncifiedFunction("get", () => {
        resolve();
        return new Promise(() => {});
      });
      context.setProp(context.global, "get", wait);
      void context.evalCodeAsync("get()");
    });
  }
}

interface QuickJs {
  newQuickJSAsyncWASMModule(): Promise<{ newContext(): QuickJsContext }>;
}
interface QuickJsContext {
  readonly global: unknown;
  newAsyncifiedFunction(name: string, body: () => Promise<never>): unknown;
  setProp(object: unknown, name: string, value: unknown): void;
  evalCodeAsync(source: string): Promise<unknown>;
}
async function load(folder: string, name: string): Promise<unknown> {
  const path = createRequire(`${folder}/package.json`).resolve(name);
  const module = (await import(pathToFileURL(path).href)) as { default?: unknown };
  return { ...(module.default as object | undefined), ...module };
}

const [, , role = "", count = "1", folder = ""] = process.argv;
const server = createServer(() => {}).listen({ port: 0, host: "127.0.0.1", backlog: 4096 });
await once(server, "listening");
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const start = STARTS[role] as Start;
await start(WARM_UP, url, folder);
globalThis.gc?.();
const idle = process.memoryUsage.rss();
await start(Number(count), url, folder);
globalThis.gc?.();
console.log((process.memoryUsage.rss() - idle) / 1024 / Number(count));
process.exit();
