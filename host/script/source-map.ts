import { SourceMap as MapReader, type SourceMapPayload } from "node:module";
import type { Place } from "./errors.ts";

/** What the compiler says of where the code of a module comes from. */
export class SourceMap {
  private readonly reader: MapReader;

  /** @throws SyntaxError if `text` is no source map */
  constructor(text: string) {
    this.reader = new MapReader(JSON.parse(text) as SourceMapPayload);
  }

  /** The place in the source of the code at `offset` in the module. */
  find(offset: number): Place | undefined {
    // For WebAssembly a module is one line, and an offset its column.
    const entry = this.reader.findEntry(0, offset);
    if (!("originalSource" in entry) || entry.originalSource === undefined) return undefined;
    return { file: entry.originalSource, line: entry.originalLine + 1, column: entry.originalColumn + 1 };
  }
}
