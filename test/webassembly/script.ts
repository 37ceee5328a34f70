import { readFileSync } from "node:fs";

// What wast2json of wabt makes of a file of the WebAssembly test suite. Numbers are texts, and floats are their bits.

export interface Value {
  readonly type: string;
  /** The type of the lanes of a v128. */
  readonly lane_type?: string;
  /** Not there if an assertion says only the type. */
  readonly value?: string | readonly string[];
}

export interface Action {
  readonly type: "invoke" | "get";
  /** The module; if it is not there, the last one. */
  readonly module?: string;
  readonly field: string;
  readonly args: readonly Value[];
}

export interface Command {
  readonly type: string;
  readonly line: number;
  /** The file of the module. */
  readonly filename?: string;
  readonly module_type?: "binary" | "text";
  readonly name?: string;
  /** Under which name others import a module that is registered. */
  readonly as?: string;
  readonly action?: Action;
  readonly expected?: readonly Value[];
  /** If there may be several results: all that are right. Each is one value. */
  readonly either?: readonly Value[];
}

export function readCommands(path: string): readonly Command[] {
  return JSON.parse(readFileSync(path, "utf8")).commands;
}
