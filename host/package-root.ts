/** True only in the project's own tests, on a Node that can run TypeScript. A package contains only compiled files. */
const RUNS_SOURCES = import.meta.url.endsWith(".ts");

/** The folder of the package. */
export const PACKAGE_ROOT = new URL(RUNS_SOURCES ? "../" : "../../", import.meta.url);

/** The first module of a worker thread or a process. The caller gives the name that it has after compilation. */
export function moduleUrl(compiled: URL): URL {
  return RUNS_SOURCES ? new URL(compiled.href.replace(/\.js$/, ".ts")) : compiled;
}
