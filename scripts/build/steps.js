// The steps of the build. A step runs again if one of its inputs has changed, or if an output is missing.
import { mkdirSync, rmSync } from "node:fs";
import { buildConfigValidator, VALIDATORS } from "../config-validator.js";
import { reachable } from "../import-graph.js";
import { filesIn, inRoot, isHostSource, SOURCE_FOLDERS } from "../project.js";
import { runModule } from "./run-module.js";
import { compiledPath, transpile } from "./transpile.js";

const ASC = "node_modules/assemblyscript/bin/asc.js";
const TSC = "node_modules/typescript/bin/tsc";
const TYPES_STATE = ".cache/types.tsbuildinfo";

/** For a package, its manifest is the input, because it contains the version. */
const TYPESCRIPT = ["node_modules/typescript/package.json", "tsconfig.json"];
const ASSEMBLYSCRIPT = [
  "node_modules/assemblyscript/package.json",
  "node_modules/binaryen/package.json",
  "asconfig.json",
];

/**
 * The steps. A step has `name`, `title`, `inputs` and `outputs` (paths from the root); `after`, the names of steps that
 * must run before it; `isNeeded`, whether tests that need these files need this step; and `run`, which gets the changed
 * inputs and the missing outputs.
 */
export function listSteps(graph) {
  const sources = SOURCE_FOLDERS.flatMap(filesIn).filter(isHostSource);
  return [
    javascript(sources),
    configValidator(),
    types(sources),
    ...["release", "debug"].flatMap((target) => [
      guest(target, graph),
      part("encoding", target, graph),
      part("values", target, graph),
    ]),
  ];
}

function javascript(sources) {
  const tools = [...TYPESCRIPT, "scripts/build/transpile.js"];
  return {
    name: "javascript",
    title: "the JavaScript of the host and the tests",
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

/** Writes the types of the package, and checks them. */
function types(sources) {
  const inputs = sources.filter((source) => /^(host|transform|assembly)\//.test(source));
  const outputs = inputs.map((source) => `dist/${source.replace(/\.ts$/, ".d.ts")}`);
  const ambient = filesIn("host").filter((path) => path.endsWith(".d.ts"));
  return {
    name: "types",
    title: "the types of the package",
    inputs: [...inputs, ...ambient, ...TYPESCRIPT, "scripts/build/types.json"],
    outputs,
    // This file packs the package.
    isNeeded: (files) => files.has("test/support/npm.ts"),
    run(changed) {
      // tsc does not check whether its output files still exist.
      if (outputs.some((output) => changed.has(output))) rmSync(inRoot(TYPES_STATE), { force: true });
      return runModule(TSC, "-p", "scripts/build/types.json");
    },
  };
}

function guest(target, graph) {
  const file = target === "release" ? "dist/http-background" : "dist/http-background.debug";
  return {
    name: `guest-${target}`,
    title: `the guest (${target})`,
    after: ["javascript"],
    isNeeded: (files) => files.has("assembly/plugin.ts") || looksAtPackage(files),
    inputs: [...reachable(graph, ["assembly/plugin.ts", "transform/index.ts"]), ...ASSEMBLYSCRIPT],
    outputs: [`${file}.wasm`, ...(target === "release" ? [`${file}.wat`] : [])],
    run: () =>
      runModule(ASC, "assembly/plugin.ts", "--target", target, "--transform", "./dist/transform/index.js"),
  };
}

/** Whether the tests are tests of the package. They run the built files without importing them. */
function looksAtPackage(files) {
  return [...files].some((path) => path.startsWith("test/package/"));
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
