// What the published package has in its code instead of in files, so that an application can be bundled without them:
// the plugin, and the library for scripts. bundle.js does the same with the code of worker threads.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { filesIn, inRoot, read } from "../project.js";

/**
 * The modules that are replaced, by their compiled paths, and the code of a module with the same exports.
 */
export const EMBEDDED = {
  "dist/host/plugin-wasm.js"() {
    const text = readFileSync(inRoot("dist/http-background.wasm"), "base64");
    return `export const readPluginWasm = async () => Buffer.from(${quote(text)}, "base64");`;
  },
  "dist/host/guest/javascript/quickjs-wasm.js"() {
    const bytes = gzipSync(readFileSync(inRoot("node_modules/quickjs-wasi/quickjs.wasm")), { level: 9 });
    return `import { gunzipSync } from "node:zlib";
      export const readQuickJsWasm = async () => gunzipSync(Buffer.from(${quote(bytes.toString("base64"))}, "base64"));`;
  },
  "dist/host/script/javascript/prelude-text.js"() {
    return `export const readPrelude = async () => ${quote(read("dist/prelude.js"))};`;
  },
  "dist/host/script/compile/library.js"() {
    const sources = filesIn("assembly").filter((path) => path.endsWith(".ts"));
    const texts = sources.map((path) => [path.slice("assembly/".length), read(path)]);
    return `const TEXTS = new Map(JSON.parse(${quote(JSON.stringify(texts))}));
      export const openLibrary = () => ({ read: (name) => TEXTS.get(name) });`;
  },
  "dist/transform/alloc-source.js"() {
    return `export const readAllocSource = () => ${quote(read("assembly/script/alloc.ts"))};`;
  },
};

/** A literal of only ASCII: V8 keeps two bytes for each character of a file that has others. */
export function quote(text) {
  return JSON.stringify(text).replace(/[\u0080-\uffff]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}
