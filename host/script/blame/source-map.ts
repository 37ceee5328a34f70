import { SourceMap as MapReader, type SourceMapPayload } from "node:module";
import type { Place } from "./errors.ts";

/** Sources of the compiler's library, and of packages. */
const LIBRARY = "~lib/";
/** How many places of the library are passed over before there is no use in it any more. */
const MOST_STEPS = 200;

/** What the compiler says of where the code of a module comes from. */
export class SourceMap {
  readonly #text: string;
  #reader: MapReader | undefined;
  #isUsable = true;

  constructor(text: string) {
    this.#text = text;
  }

  /**
   * The place in a source of the script's own that has the code at `offset` in the module. Where that is the library's, which
   * the compiler put in place of a call, it is the last one before it in the function, which begins at `start`.
   * A map that is malformed knows no place: it comes with the script, and is trusted no more than that.
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
      // For WebAssembly a module is one line, and an offset its column.
      const entry = this.#read().findEntry(0, at);
      if (!("originalSource" in entry)) return undefined;
      const { originalSource: file, originalLine, originalColumn, generatedColumn } = entry;
      // What the compiler made by itself has no source.
      if (file !== undefined && isOwn(file)) {
        return { file, line: originalLine + 1, column: originalColumn + 1 };
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

/** Whether a source is the script's, and not the library's. */
export function isOwn(file: string): boolean {
  return !file.startsWith(LIBRARY);
}
