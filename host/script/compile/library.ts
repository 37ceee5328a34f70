import { fileURLToPath } from "node:url";
import { PACKAGE_ROOT } from "../../package-root.ts";
import { SourceFolder } from "./source-folder.ts";

/** Gives sources by their names, relative to their folder, with `/`. */
export interface SourceReader {
  /** The text of a source; undefined if there is none. @throws SourceRefusal if nobody may have it */
  read(name: string): string | undefined;
}

/** The library that scripts import. In the published package it is a part of the code (scripts/package/embedded.js). */
export function openLibrary(): SourceReader {
  return new SourceFolder(fileURLToPath(new URL("assembly/", PACKAGE_ROOT)));
}
