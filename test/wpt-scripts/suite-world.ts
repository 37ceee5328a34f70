import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path/posix";
import { createHttpBackground, type HttpBackground } from "../../host/index.ts";
import { createScriptRuntime, type Script, type ScriptRuntime } from "../../host/script/index.ts";

/** One test of a file. */
export interface TestResult {
  readonly name: string;
  readonly isPassed: boolean;
  readonly message: string;
}

const HARNESS = "resources/testharness.js";
const INCLUDED = /^\/\/ META: script=(.*)$/gm;
const LIMITS = {
  timeout: 120,
  computeMs: 60_000,
  cpuMs: 60_000,
  memoryPages: 1024,
  outputBytes: 64 << 20,
  requests: 10_000,
};

/**
 * What the suite finds besides the globals of scripts: where it is, and what knows relative URLs, as in a page. And what
 * collects the results. Its FileReader is made of what a Blob has.
 */
const SURROUNDINGS = `
  globalThis.self = globalThis;
  globalThis.GLOBAL = { isWindow: () => false, isWorker: () => false, isShadowRealm: () => false };
  globalThis.location = new URL(BASE);
  globalThis.fetch = ((fetch) => (input, init) =>
    fetch(typeof input === "string" ? new URL(input, BASE).href : input, init))(fetch);
  globalThis.Request = new Proxy(Request, {
    construct: (type, [input, ...rest], made) =>
      Reflect.construct(type, [input instanceof type ? input : new URL(input, BASE), ...rest], made),
  });
  globalThis.FileReader = class {
    readAsText(blob) { this.#read(blob.text()) }
    readAsArrayBuffer(blob) { this.#read(blob.arrayBuffer()) }
    #read(reading) { reading.then((result) => { this.result = result; this.onload.call(this, { target: this }) }) }
  };
  for (const name of ["addEventListener", "dispatchEvent", "removeEventListener"])
    globalThis[name] = EventTarget.prototype[name].bind(new EventTarget());
`;
const COLLECT = `
  globalThis.results = new Promise((resolve) => add_completion_callback((tests, { status, message }) => resolve([
    ...(status === 0 ? [] : [{ name: "(the file)", isPassed: false, message: String(message) }]),
    ...tests.map(({ name, status, message }) => ({ name, isPassed: status === 0, message: String(message ?? "") })),
  ])));
`;
/** The files of the suite are scripts of a page: one sees what the other has declared, and they are not strict. */
const SCRIPT = `import { args } from "http-background/guest";
  const evaluate = eval;
  export default async () => {
    const [base, text] = args();
    globalThis.BASE = base;
    evaluate(text);
    return JSON.stringify(await results);
  };`;

/** A runtime of scripts, and a server with the files of the suite. */
export class SuiteWorld {
  readonly #folder: string;
  readonly #http: HttpBackground;
  readonly #runtime: ScriptRuntime;
  readonly #script: Script;
  readonly #base: string;
  readonly #close: () => void;

  private constructor(
    folder: string,
    parts: { http: HttpBackground; runtime: ScriptRuntime; script: Script; base: string; close: () => void },
  ) {
    this.#folder = folder;
    this.#http = parts.http;
    this.#runtime = parts.runtime;
    this.#script = parts.script;
    this.#base = parts.base;
    this.#close = parts.close;
  }

  static async create(folder: string): Promise<SuiteWorld> {
    const server = createServer((request, response) => {
      const file = join(folder, new URL(request.url ?? "/", "http://localhost").pathname);
      if (existsSync(file)) response.end(readFileSync(file));
      else response.writeHead(404).end();
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const http = await createHttpBackground({ threads: [{ id: "default" }] });
    const runtime = createScriptRuntime({ http, allow: [base], limits: LIMITS });
    const script = await runtime.compile({ name: "suite.js", source: SCRIPT });
    return new SuiteWorld(folder, {
      http,
      runtime,
      script,
      base,
      close: () => void server.close().closeAllConnections(),
    });
  }

  /** Runs a file of the suite as a script. @param path From the folder of the suite */
  async run(path: string): Promise<readonly TestResult[]> {
    const text = this.#read(path);
    const included = [...text.matchAll(INCLUDED)].map(([, name = ""]) =>
      name.startsWith("/") ? name.slice(1) : join(dirname(path), name),
    );
    const texts = [
      SURROUNDINGS,
      this.#read(HARNESS),
      COLLECT,
      ...included.map((name) => this.#read(name)),
      text,
      "done()",
    ];
    try {
      const { result } = await this.#script.run("default", {
        args: [`${this.#base}/${path}`, texts.join("\n;\n")],
      });
      return JSON.parse(String(result)) as TestResult[];
    } catch (error) {
      return [{ name: "(the file)", isPassed: false, message: String(error) }];
    }
  }

  async close(): Promise<void> {
    await this.#runtime.destroy();
    await this.#http.destroy();
    this.#close();
  }

  #read(name: string): string {
    return readFileSync(join(this.#folder, name), "utf8");
  }
}
