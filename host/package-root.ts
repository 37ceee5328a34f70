/** The project's own tests run the sources themselves, where Node can; a package has only what was compiled. */
const RUNS_SOURCES = import.meta.url.endsWith(".ts");

/** The folder of the package. */
export const PACKAGE_ROOT = new URL(RUNS_SOURCES ? "../" : "../../", import.meta.url);

/** The module that a thread or a process begins with, named as it is when compiled. */
export function moduleUrl(compiled: URL): URL {
  return RUNS_SOURCES ? new URL(compiled.href.replace(/\.js$/, ".ts")) : compiled;
}
