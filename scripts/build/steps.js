// The steps of the build. A step runs again if one of its inputs has changed, or if an output is missing.
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { buildConfigValidator, VALIDATORS } from "../config-validator.js";
import { reachable } from "../import-graph.js";
import { BUNDLED, bundle } from "../package/bundle.js";
import { bundlePrelude, PRELUDE } from "../package/prelude.js";
import { ALL_TYPES, copyTypes, TYPES } from "../package/types.js";
import { filesIn, inRoot, isHostSource, SOURCE_FOLDERS } from "../project.js";
import { runModule } from "./run-module.js";
import { compiledPath, transpile } from "./transpile.js";

const ASC = "node_modules/assemblyscript/bin/asc.js";
const TSC = "node_modules/typescript/bin/tsc";
const TYPES_STATE = ".cache/types.tsbuildinfo";

const PLUGIN_TRANSFORM = "transform/plugin.ts";

/** For a package, its manifest is the input, because it contains the version. */
const TYPESCRIPT = ["node_modules/typescript/package.json", "tsconfig.json"];
const ASSEMBLYSCRIPT = [
  "node_modules/assemblyscript/package.json",
  "node_modules/binaryen/package.json",
  "asconfig.json",
];

/**
 * The steps. A step has `name`, `title`, `inputs` and `outputs` (paths from the root); `after`, the names of steps that
 * must run before it; `folder`, which contains nothing but what it writes; `isNeeded`, whether what needs these
 * files needs this step; and `run`, which gets the changed inputs and the missing outputs.
 */
export function listSteps(graph) {
  const sources = SOURCE_FOLDERS.flatMap(filesIn).filter(isHostSource);
  return [
    javascript(sources.filter((path) => !isOfTests(path))),
    javascriptOfTests(sources.filter(isOfTests)),
    configValidator(),
    prelude(sources),
    types(sources),
    packageCode(sources, graph),
    ...["release", "debug"].flatMap((target) => [
      guest(target, graph),
      part("encoding", target, graph),
      part("values", target, graph),
    ]),
  ];
}

function isOfTests(path) {
  return /^(test|bench)\//.test(path);
}

function hasTests(files) {
  return [...files].some(isOfTests);
}

function javascript(sources) {
  return { name: "javascript", title: "the JavaScript of the host", ...transpiling(sources) };
}

function javascriptOfTests(sources) {
  return {
    name: "javascript-of-tests",
    title: "the JavaScript of the tests",
    isNeeded: hasTests,
    ...transpiling(sources),
  };
}

function transpiling(sources) {
  const tools = [...TYPESCRIPT, "scripts/build/transpile.js"];
  return {
    inputs: [...tools, ...sources],
    outputs: sources.flatMap((source) => [compiledPath(source), `${compiledPath(source)}.map`]),
    async run(changed) {
      const all = tools.some((tool) => changed.has(tool));
      await transpile(
        sources.filter((source) => all || changed.has(source) || changed.has(compiledPath(source))),
      );
    },
  };
}

function configValidator() {
  return {
    name: "config-validator",
    title: "the validator of configurations",
    inputs: ["http-background.schema.json", "scripts/config-validator.js", "node_modules/ajv/package.json"],
    outputs: VALIDATORS,
    run: buildConfigValidator,
  };
}

/** The library of scripts in JavaScript, as one script. */
function prelude(sources) {
  const folder = "host/script/javascript/prelude/";
  return {
    name: "prelude",
    title: "the library of scripts in JavaScript",
    after: ["javascript"],
    isNeeded: (files) => files.has(`${folder}main.ts`) || looksAtPackage(files),
    inputs: [
      ...sources.filter((path) => path.startsWith(folder)),
      "assembly/abi.ts",
      "host/fetch/redirect-rules.ts",
      "scripts/build/transpile.js",
      "scripts/package/prelude.js",
      "node_modules/@rollup/wasm-node/package.json",
    ],
    outputs: [PRELUDE],
    run: bundlePrelude,
  };
}

/** Writes the types of the package, and checks them. */
function types(sources) {
  const inputs = sources.filter((source) => /^(host|transform|assembly)\//.test(source));
  const ambient = filesIn("host").filter((path) => path.endsWith(".d.ts"));
  return {
    name: "types",
    title: "the types of the package",
    inputs: [...inputs, ...ambient, ...TYPESCRIPT, "scripts/build/types.json", "scripts/package/types.js"],
    outputs: TYPES,
    folder: "dist/types",
    isNeeded: packsPackage,
    async run() {
      // tsc does not check whether its output files still exist.
      if (!existsSync(inRoot(ALL_TYPES))) rmSync(inRoot(TYPES_STATE), { force: true });
      await runModule(TSC, "-p", "scripts/build/types.json");
      copyTypes();
    },
  };
}

/** The code of the package, in a few files. */
function packageCode(sources, graph) {
  const own = sources.filter((source) => /^(host|transform|assembly)\//.test(source));
  const guest = filesIn("assembly").filter((path) => path.endsWith(".ts"));
  return {
    name: "package",
    title: "the code of the package",
    after: ["javascript", "config-validator", "guest-release", "prelude"],
    inputs: [
      ...new Set([...own, ...guest, ...guestInputs(graph)]),
      "http-background.schema.json",
      "package.json",
      "scripts/config-validator.js",
      "scripts/build/transpile.js",
      "assembly.d.ts",
      "guest.d.ts",
      "scripts/package/bundle.js",
      "scripts/package/of-scripts.js",
      "scripts/package/embedded.js",
      ...["@rollup/wasm-node", "ipaddr.js", "@assemblyscript/loader"].map(
        (name) => `node_modules/${name}/package.json`,
      ),
    ],
    outputs: BUNDLED,
    folder: "dist/package",
    isNeeded: (files) => packsPackage(files) || looksAtPackage(files),
    run: bundle,
  };
}

/** Whether the tests pack the package. */
function packsPackage(files) {
  return files.has("test/support/npm.ts");
}

function guest(target, graph) {
  const file = target === "release" ? "dist/http-background" : "dist/http-background.debug";
  return {
    name: `guest-${target}`,
    title: `the guest (${target})`,
    after: ["javascript"],
    isNeeded: (files) =>
      looksAtPackage(files) || (files.has("assembly/plugin.ts") && (target === "release" || hasTests(files))),
    inputs: guestInputs(graph),
    outputs: [`${file}.wasm`, ...(target === "release" ? [`${file}.wat`] : [])],
    run: () =>
      runModule(
        ASC,
        "assembly/plugin.ts",
        "--target",
        target,
        "--transform",
        `./${compiledPath(PLUGIN_TRANSFORM)}`,
      ),
  };
}

function guestInputs(graph) {
  return [...reachable(graph, ["assembly/plugin.ts", PLUGIN_TRANSFORM]), ...ASSEMBLYSCRIPT];
}

/** Whether the tests are tests of the package, or of its command line. They run the built files without importing them. */
function looksAtPackage(files) {
  return files.has("test/support/run-cli.ts") || [...files].some((path) => path.startsWith("test/package/"));
}

/** Builds one part of the guest alone, for its tests and its bench. */
function part(name, target, graph) {
  const file = target === "release" ? `dist/test/${name}` : `dist/test/${name}.debug`;
  const entry = `test/assembly/${name}.ts`;
  return {
    name: `${name}-${target}`,
    title: `the guest's ${name}, alone (${target})`,
    isNeeded: (files) => files.has(entry),
    inputs: [...reachable(graph, [entry]), ...ASSEMBLYSCRIPT],
    outputs: [`${file}.wasm`, `${file}.wat`],
    run() {
      mkdirSync(inRoot("dist/test"), { recursive: true });
      const files = ["--outFile", `${file}.wasm`, "--textFile", `${file}.wat`];
      return runModule(ASC, entry, "--target", target, ...files);
    },
  };
}
