import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path/posix";
import { PreludeEngine } from "../support/javascript/prelude-engine.ts";
import type { Answer, Asked } from "../support/javascript/prelude-host.ts";

/** One test of a file. */
export interface TestResult {
  readonly name: string;
  readonly isPassed: boolean;
  readonly message: string;
}

const ORIGIN = "http://web-platform.test";
const HARNESS = "resources/testharness.js";
const SCRIPT = /^\/\/ META: script=(.*)$/gm;

/** What the suite finds besides the globals of scripts: where it is, and the fetch of a page, which knows relative URLs. */
const SURROUNDINGS = `
  globalThis.self = globalThis;
  globalThis.GLOBAL = { isWindow: () => false, isWorker: () => false, isShadowRealm: () => false };
  globalThis.location = new URL(BASE);
  globalThis.fetch = ((fetch) => (input, init) =>
    fetch(typeof input === "string" ? new URL(input, BASE).href : input, init))(fetch);
  globalThis.Request = new Proxy(Request, {
    construct: (type, [input, ...rest], made) =>
      Reflect.construct(type, [typeof input === "string" ? new URL(input, BASE) : input, ...rest], made),
  });
  for (const name of ["addEventListener", "dispatchEvent", "removeEventListener"])
    globalThis[name] = EventTarget.prototype[name].bind(new EventTarget());
`;
const COLLECT = `
  globalThis.results = "none";
  add_completion_callback((tests, status) => {
    results = JSON.stringify(
      [...(status.status === 0 ? [] : [{ name: "(the file)", isPassed: false, message: status.message }]),
      ...tests.map(({ name, status, message }) => ({ name, isPassed: status === 0, message: message ?? "" }))]);
  });
`;

/** Runs a file of the web platform tests in the engine, with the library of scripts. @param path From their folder */
export async function runTestFile(folder: string, path: string): Promise<readonly TestResult[]> {
  using engine = await PreludeEngine.start({ answer: (asked) => serve(folder, asked) });
  const text = readFileSync(join(folder, path), "utf8");
  const included = [...text.matchAll(SCRIPT)].map(([, name = ""]) =>
    name.startsWith("/") ? name.slice(1) : join(dirname(path), name),
  );
  try {
    engine.evaluate(
      `globalThis.BASE = ${JSON.stringify(`${ORIGIN}/${path}`)};${SURROUNDINGS}`,
      "surroundings.js",
    );
    engine.evaluate(readFileSync(join(folder, HARNESS), "utf8"), HARNESS);
    engine.evaluate(COLLECT, "collect.js");
    for (const name of included) engine.evaluate(readFileSync(join(folder, name), "utf8"), name);
    engine.evaluate(text, path);
    engine.evaluate("done()", "done.js");
  } catch (error) {
    return [{ name: "(the file)", isPassed: false, message: String(error) }];
  }
  const results = engine.read("results");
  return results === "none"
    ? [{ name: "(the file)", isPassed: false, message: "it does not end" }]
    : JSON.parse(results);
}

/** A file of the folder, if it is one that needs no program. */
function serve(folder: string, [, url]: Asked): Answer {
  const { pathname } = new URL(String(url));
  const file = join(folder, pathname);
  if (!String(url).startsWith(ORIGIN) || !existsSync(file)) return { status: 404 };
  return { status: 200, content: readFileSync(file), url: String(url) };
}
