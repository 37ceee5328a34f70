import { fileURLToPath, pathToFileURL } from "node:url";

/** If an application is bundled to CommonJS, its bundler may leave no URL of a module. */
const OWN_URL = (import.meta.url as string | undefined) ?? pathToFileURL(`${process.cwd()}/.`).href;
/** True only in the project's own tests, on a Node that can run TypeScript. A package contains only compiled files. */
const RUNS_SOURCES = OWN_URL.endsWith(".ts");

/** The folder of the package. If an application is bundled, it is another folder. */
export const PACKAGE_ROOT = new URL(RUNS_SOURCES ? "../" : "../../", OWN_URL);

/** The folder from which packages are searched first: that of our code, or of the bundle that it is in. */
export function searchFolder(): string {
  try {
    return fileURLToPath(new URL("./", OWN_URL));
  } catch {
    // A bundler has left the URL of a file of the system on which it ran.
    return process.cwd();
  }
}

/** The first module of a worker thread or a process. The caller gives the name that it has after compilation. */
export function moduleUrl(compiled: URL): URL {
  return RUNS_SOURCES ? new URL(compiled.href.replace(/\.js$/, ".ts")) : compiled;
}
