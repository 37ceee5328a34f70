// Translates TypeScript to JavaScript, each file alone. It does not check types, and so it is fast.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { inRoot, read, root } from "../project.js";

/** The path of the JavaScript of a source. */
export function compiledPath(source) {
  return `dist/${source.replace(/\.ts$/, ".js")}`;
}

/** Writes the JavaScript of these sources, and its source maps. @throws Error with all syntax errors */
export async function transpile(sources) {
  const { default: ts } = await import("typescript");
  const options = readOptions(ts);
  const errors = [];
  for (const source of sources) {
    const result = ts.transpileModule(read(source), {
      fileName: source,
      compilerOptions: options,
      reportDiagnostics: true,
    });
    errors.push(...result.diagnostics);
    write(source, result);
  }
  if (errors.length === 0) return;
  const host = { getCurrentDirectory: () => root, getCanonicalFileName: String, getNewLine: () => "\n" };
  throw new Error(ts.formatDiagnostics(errors, host));
}

function readOptions(ts) {
  const { config } = ts.parseConfigFileTextToJson("tsconfig.json", read("tsconfig.json"));
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root);
  // Each file is compiled alone. So there is no package.json that says whether it is a module, and no folder for it.
  const { rootDir, outDir, declaration, ...alone } = options;
  return {
    ...alone,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    moduleDetection: ts.ModuleDetectionKind.Force,
    // The published code is made of these files, and comments take time at every start.
    removeComments: true,
    jsx: ts.JsxEmit.React,
  };
}

function write(source, { outputText, sourceMapText }) {
  const path = inRoot(compiledPath(source));
  mkdirSync(dirname(path), { recursive: true });
  const map = JSON.parse(sourceMapText);
  map.sources = [relative(dirname(path), join(root, source)).replaceAll("\\", "/")];
  writeFileSync(`${path}.map`, JSON.stringify(map));
  writeFileSync(path, outputText);
}
