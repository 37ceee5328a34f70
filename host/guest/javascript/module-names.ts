import { dirname, join } from "node:path/posix";

/** The module that scripts import. */
export const GUEST_MODULE = "http-background/guest";
/** The names under which scripts import the library. The second one is Halon's. */
const LIBRARY: ReadonlySet<string> = new Set([GUEST_MODULE, "extras://http-background"]);
/** The engine cuts messages after 255 bytes. A name of so many leaves room for the sentence. */
const LONGEST_SHOWN = 150;
/** Characters of a longer name that are shown. None has more than three bytes. */
const SHOWN = 48;
/** Half of a character. */
const HALF = /[\ud800-\udbff]$/;

/**
 * The name of what a module imports.
 *
 * @param importer The name of the module
 * @param isGiven Whether the application has given a module of this name
 * @throws Error whose message the script gets
 */
export function resolveImport(
  importer: string,
  specifier: string,
  isGiven: (name: string) => boolean,
): string {
  if (LIBRARY.has(specifier)) return GUEST_MODULE;
  if (specifier.startsWith("./") || specifier.startsWith("../")) return join(dirname(importer), specifier);
  if (isGiven(specifier)) return specifier;
  throw new Error(
    `"${shownName(specifier)}" cannot be imported: a script imports "${GUEST_MODULE}", and modules by "./" or "../"`,
  );
}

/** The name of a module, or its beginning. */
export function shownName(name: string): string {
  return Buffer.byteLength(name) > LONGEST_SHOWN ? `${name.slice(0, SHOWN).replace(HALF, "")}…` : name;
}
