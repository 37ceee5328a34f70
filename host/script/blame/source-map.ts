import { SourceMap as MapReader, type SourceMapPayload } from "node:module";
import type { Place } from "./errors.ts";

/** Names of the sources of the compiler's library and of packages begin with this. */
const LIBRARY = "~lib/";
/** Maximum number of places of the library that the search skips. */
const MOST_STEPS = 200;
/** Characters of the name of a source that are shown. */
const LONGEST_NAME = 1024;

/** The compiler's information about the sources of a module's code. */
export class SourceMap {
  readonly #text: string;
  #reader: MapReader | undefined;
  #isUsable = true;

  constructor(text: string) {
    this.#text = text;
  }

  /**
   * The place in the script's own source for the code at `offset` in the module. If the code is of the library, because
   * the compiler has inlined a call, it is the last place of the script before it, in the function that begins at
   * `start`. A malformed map has no places. A map comes with the script, so it is not trusted more than the script.
   */
  find(offset: number, start: number): Place | undefined {
    if (!this.#isUsable) return undefined;
    try {
      return this.#search(offset, start);
    } catch {
      this.#isUsable = false;
      return undefined;
    }
  }

  #search(offset: number, start: number): Place | undefined {
    for (let at = offset, steps = 0; at >= start && steps < MOST_STEPS; steps++) {
      // In maps of WebAssembly, the module is one line, and the offset is the column.
      const entry = this.#read().findEntry(0, at);
      if (!("originalSource" in entry)) return undefined;
      const { originalSource: file, originalLine, originalColumn, generatedColumn } = entry;
      // Code that the compiler has added has no source.
      if (file !== undefined && isOwn(file)) {
        return { file: shownName(file), line: originalLine + 1, column: originalColumn + 1 };
      }
      at = generatedColumn - 1;
    }
    return undefined;
  }

  #read(): MapReader {
    this.#reader ??= new MapReader(JSON.parse(this.#text) as SourceMapPayload);
    return this.#reader;
  }
}

/** The name of a source, without characters that would control a terminal. */
function shownName(file: string): string {
  return file.slice(0, LONGEST_NAME).replace(/\p{Cc}+/gu, " ");
}

/** Whether it is a source of the script, not of the library. */
export function isOwn(file: string): boolean {
  return !file.startsWith(LIBRARY);
}
