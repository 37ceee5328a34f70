// Makes dist/package/: our own code in a few files, because many small ones take long to load. Packages stay outside.
import { copyFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { inRoot, read } from "../project.js";
import { EMBEDDED, quote } from "./embedded.js";
import { OF_SCRIPTS, refusing } from "./of-scripts.js";

const OUTPUT = "dist/package";

/** What has a name in package.json. They share code, and so they share classes of errors. */
const INDEX = "dist/host/index.js";
const SCRIPT = "dist/host/script/index.js";
const TESTING = "dist/host/testing/index.js";
const OTEL = "dist/host/otel/index.js";
const CLI = "dist/host/cli/main.js";
const FLEET_REDIS = "dist/host/fleet/redis/index.js";
/** asc loads it, perhaps without anything else of the package. */
const TRANSFORM = "dist/transform/index.js";

/** Packages that are inside. */
const INSIDE = {
  // Before Node can import it, it reads all of it for its names: for 20 ms, at every start.
  "ipaddr.js": {
    code: "node_modules/ipaddr.js/lib/ipaddr.js",
    license: "node_modules/ipaddr.js/LICENSE",
    change: asModule,
  },
  // It changes an object of the language, for versions of Node that are older than ours.
  "@assemblyscript/loader": {
    code: "node_modules/@assemblyscript/loader/index.js",
    license: "node_modules/assemblyscript/LICENSE",
    change: withoutPolyfill,
  },
  // Of this one only `quickjs.wasm`: see embedded.js.
  "quickjs-wasi": { license: "node_modules/quickjs-wasi/LICENSE" },
};

/** The entries that `require` finds. */
const REQUIRED = ["index", "script", "testing", "otel", "fleet/redis"];

/** The files that are always there. Parts that are loaded later have files of their own. */
export const BUNDLED = [
  ...[...REQUIRED, ...OF_SCRIPTS, "cli", "transform"].map((name) => `${OUTPUT}/${name}.js`),
  ...REQUIRED.map((name) => `${OUTPUT}/${name}.cjs`),
];

export async function bundle() {
  const { rollup } = await import("@rollup/wasm-node");
  const { dependencies } = JSON.parse(read("package.json"));
  const outside = [...Object.keys(dependencies), "@opentelemetry/api"];
  rmSync(inRoot(OUTPUT), { recursive: true, force: true });
  const write = async (input, output) => {
    const built = await rollup(inputOf(input, outside, rollup));
    const written = await built.write({ ...OUTPUT_OPTIONS, ...output });
    await built.close();
    for (const { fileName, code } of written.output) refuseFiles(fileName, code);
  };
  const entries = {
    index: INDEX,
    script: SCRIPT,
    testing: TESTING,
    otel: OTEL,
    "fleet/redis": FLEET_REDIS,
    cli: CLI,
  };
  await write(entries, { manualChunks: partsOf(Object.values(entries)) });
  await write({ transform: TRANSFORM }, { inlineDynamicImports: true });
  for (const [name, { license }] of Object.entries(INSIDE)) {
    copyFileSync(
      inRoot(license),
      inRoot(`${OUTPUT}/${name.replaceAll(/[@/]+/g, "-").replace(/^-/, "")}.LICENSE`),
    );
  }
  for (const name of REQUIRED) writeFileSync(inRoot(`${OUTPUT}/${name}.cjs`), requiring(name));
  for (const name of OF_SCRIPTS) writeFileSync(inRoot(`${OUTPUT}/${name}.js`), refusing(name));
}

/**
 * What `require` gets: the same module, or a sentence. Bundlers of applications find it, because `require` is called
 * outside of `try`.
 */
function requiring(name) {
  return `"use strict";
const load = () => require("./${basename(name)}.js");
try {
  module.exports = load();
} catch (error) {
  if (error.code !== "ERR_REQUIRE_ESM") throw error;
  throw new Error(
    \`http-background is an ES module, which Node \${process.versions.node} cannot require: \` +
      "use import, or Node 20.19, 22.12 or newer",
  );
}
`;
}

const OUTPUT_OPTIONS = {
  dir: inRoot(OUTPUT),
  chunkFileNames: "[name].js",
  sourcemap: true,
  // The package does not have the sources. A stack trace needs only their names and lines.
  sourcemapExcludeSources: true,
  // An entry names only what it needs itself.
  hoistTransitiveImports: false,
};

/** What the library loads is one file, and what the runtime of scripts loads besides is another one. */
function partsOf(entries) {
  const loaded = new Map();
  return (id, { getModuleInfo }) => {
    const isLoadedBy = (entry) => {
      if (!loaded.has(entry)) loaded.set(entry, loadedBy(inRoot(entry), getModuleInfo));
      return loaded.get(entry).has(id);
    };
    if (entries.some((entry) => inRoot(entry) === id)) return undefined;
    if (isLoadedBy(INDEX)) return "http-background";
    return isLoadedBy(SCRIPT) && !isLoadedBy(CLI) ? "script-runtime" : undefined;
  };
}

function loadedBy(entry, getModuleInfo) {
  const found = new Set([entry]);
  // The set grows during this loop, and the loop visits the new members too.
  for (const id of found) for (const next of getModuleInfo(id)?.importedIds ?? []) found.add(next);
  return found;
}

function inputOf(entries, packages, rollup) {
  return {
    input: Object.fromEntries(Object.entries(entries).map(([name, path]) => [name, inRoot(path)])),
    external: (id) => id.startsWith("node:") || packages.some((name) => `${id}/`.startsWith(`${name}/`)),
    plugins: [compiledFiles((path) => codeOf(path, rollup))],
    onLog,
  };
}

/** A bundler of an application would not find a file beside the code. @throws Error if the code names one */
function refuseFiles(fileName, code = "") {
  const [found] = /new URL\("[^"]*",\s*import\.meta\.url\)/.exec(code) ?? [];
  if (found !== undefined) throw new Error(`${fileName} has ${found}: see scripts/package/embedded.js`);
}

/** All code of a worker thread: it can load no file. */
async function codeOf(path, rollup) {
  const built = await rollup(inputOf({ worker: relative(inRoot("."), path) }, [], rollup));
  const { output } = await built.generate({ format: "cjs", inlineDynamicImports: true });
  await built.close();
  // Stack traces and debuggers show this name.
  return `${output[0].code}//# sourceURL=http-background/${relative(inRoot("dist"), path)}\n`;
}

/** Loads what was compiled, with its source map, and in place of some files what is embedded. */
function compiledFiles(codeOfWorker) {
  return {
    name: "compiled-files",
    resolveId: (name) => (INSIDE[name] === undefined ? null : inRoot(INSIDE[name].code)),
    async load(id) {
      const path = relative(inRoot("."), id).replaceAll("\\", "/");
      if (EMBEDDED[path] !== undefined) return { code: EMBEDDED[path](), map: NO_SOURCE };
      const code = readFileSync(id, "utf8");
      const inside = Object.values(INSIDE).find((one) => one.code === path);
      if (inside !== undefined) return { code: inside.change(code), map: NO_SOURCE };
      return { code: await withWorkers(code, id, codeOfWorker), map: readMap(`${id}.map`) };
    },
  };
}

/** Replaces the URL of a worker thread by its code. No line moves. */
async function withWorkers(code, id, codeOfWorker) {
  const [url, name] = WORKER.exec(code) ?? [];
  const text = url && quote(await codeOfWorker(join(dirname(id), name)));
  return url === undefined ? code : code.replace(url, () => text);
}

/** The code of a CommonJS module as that of an ES module. */
function asModule(code) {
  return `const module = { exports: {} };\n${code}\nexport default module.exports;`;
}

/** The loader without its `Object.hasOwn`, which frozen objects refuse. @throws Error if it looks different */
function withoutPolyfill(code) {
  const polyfill = /^Object\.hasOwn = [^}]*};$/m;
  if (!polyfill.test(code))
    throw new Error("@assemblyscript/loader has changed: see scripts/package/bundle.js");
  return code.replace(polyfill, "");
}

const WORKER = /new URL\("(\.\/[\w-]+\.js)", import\.meta\.url\)/;
const NO_SOURCE = { mappings: "" };

function readMap(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
    // The validator of configurations has no source.
    return NO_SOURCE;
  }
}

/** A warning is an error, but for what the compiler writes for `using`. */
function onLog(_level, { code, message }) {
  if (code !== "THIS_IS_UNDEFINED") throw new Error(message);
}
