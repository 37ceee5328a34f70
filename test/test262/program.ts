import type { SuiteCase } from "./suite.ts";

/** A program that says by `echo` what a test does. It is the same one wherever it is played. */
export interface Program {
  /** The names and the texts of its modules. The first is the main one. */
  readonly modules: readonly (readonly [name: string, text: string])[];
  readonly args: readonly string[];
}

const SETUP_NAME = "setup.js";

/**
 * What a test finds besides the globals, as the suite wants it. There are no realms and no agents. It keeps the built-ins
 * that it needs, because tests replace them.
 */
const SETUP = `
import { args, echo } from "http-background/guest";
const evaluate = eval;
const { apply } = Reflect;
const { transfer } = ArrayBuffer.prototype;
const text = String;
const [code] = args();
globalThis.print = (line) => echo("print " + line);
globalThis.$262 = {
  global: globalThis,
  gc() {},
  evalScript: (source) => evaluate(source),
  detachArrayBuffer: (buffer) => { apply(transfer, buffer, []); return null; },
};
export function play() {
  try {
    evaluate(code);
    echo("completed");
  } catch (error) {
    let name, message;
    try { name = error.constructor.name; message = error.message; } catch {}
    echo("threw " + text(name) + ": " + text(message));
  }
}
`;

/** What a script imports later is in a text that no loader sees. So it is named here. */
function playing(modules: SuiteCase["modules"]): string {
  const imports = Object.keys(modules).map((name) => `import("./${name}")`);
  return `import { play } from "./${SETUP_NAME}"; play(); export default () => {}; // ${imports.join(" ")}`;
}

/** The program of a test. Tests that are scripts are one text for \`eval\`, which all of them have in common. */
export function programOf({ path, mode, harness, text, modules }: SuiteCase): Program {
  const setup = [SETUP_NAME, SETUP] as const;
  if (mode !== "module") {
    const directive = mode === "strict" ? '"use strict";\n' : "";
    return {
      modules: [["main.js", playing(modules)], setup, ...Object.entries(modules)],
      args: [`${directive}${harness}\n${text}`],
    };
  }
  const before = `import { play } from "./${SETUP_NAME}"; play();`;
  const main = `import "./before.js"; import "./${path}"; import { echo } from "http-background/guest"; echo("completed"); export default () => {};`;
  return {
    modules: [["main.js", main], ["before.js", before], setup, [path, text], ...Object.entries(modules)],
    args: [harness],
  };
}
