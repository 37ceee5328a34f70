import { dirname, join } from "node:path/posix";
import { createHttpBackground, type HttpBackground } from "../../host/index.ts";
import { createScriptRuntime, type Script, type ScriptRuntime } from "../../host/script/index.ts";
import { certificates } from "../support/certificates.ts";
import { HANDLERS } from "../wpt/handlers.ts";
import { SuiteServer } from "../wpt/server.ts";

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
  globalThis.location = new URL(suiteBase);
  globalThis.fetch = ((fetch) => (input, init) =>
    fetch(typeof input === "string" ? new URL(input, suiteBase).href : input, init))(fetch);
  globalThis.Request = new Proxy(Request, {
    construct: (type, [input, ...rest], made) =>
      Reflect.construct(type, [input instanceof type ? input : new URL(input, suiteBase), ...rest], made),
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
    globalThis.suiteBase = base;
    evaluate(text);
    return JSON.stringify(await results);
  };`;

/** A runtime of scripts, and the server of the suite. */
export class SuiteWorld {
  readonly #server: SuiteServer;
  readonly #http: HttpBackground;
  readonly #runtime: ScriptRuntime;
  readonly #script: Script;

  private constructor(server: SuiteServer, http: HttpBackground, runtime: ScriptRuntime, script: Script) {
    this.#server = server;
    this.#http = http;
    this.#runtime = runtime;
    this.#script = script;
  }

  /** @param folder A copy of the suite */
  static async create(folder: string): Promise<SuiteWorld> {
    const server = await SuiteServer.start(folder, HANDLERS);
    const http = await createHttpBackground(
      { threads: [{ id: "default" }] },
      { ca: certificates().authority.cert },
    );
    const runtime = createScriptRuntime({ http, allow: server.origins, limits: LIMITS });
    return new SuiteWorld(server, http, runtime, await runtime.compile({ name: "suite.js", source: SCRIPT }));
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
        args: [`${this.#server.origin("http")}/${path}`, texts.join("\n;\n")],
      });
      return JSON.parse(String(result)) as TestResult[];
    } catch (error) {
      return [{ name: "(the file)", isPassed: false, message: String(error) }];
    }
  }

  async close(): Promise<void> {
    await this.#runtime.destroy();
    await this.#http.destroy();
    await this.#server.close();
  }

  #read(name: string): string {
    const text = this.#server.files.read(`/${name}`);
    if (text === null) throw new Error(`there is no ${name}`);
    return Buffer.from(text, "latin1").toString();
  }
}
