import { randomBytes } from "node:crypto";
import type { HeadPlace } from "../door/script-answer.ts";
import type { SourceMap } from "./blame/source-map.ts";
import { asksForHeads } from "./compute/signatures.ts";
import type { LoadedJavaScript } from "./evaluate/javascript-loader.ts";
import type { LoadedModule, UnstartedModule } from "./load/module-loader.ts";
import { MODULE_BASE, MODULE_SHARE } from "./load-room.ts";
import { type FailedRun, rejectionOfJavaScript, rejectionOfRun, rejectionOfStart } from "./run/rejection.ts";
import type { JavaScriptScript, WasmScript } from "./steps/script.ts";
import type { Failed } from "./steps/step.ts";

/** The key of a script in WebAssembly. */
const KEY_BYTES = 16;

/** What a script is made of, in whatever language it is written. */
export interface ScriptParts {
  /** What those who compute its runs need. */
  readonly computed: WasmScript | JavaScriptScript;
  readonly entries: readonly string[];
  /** The entry of a run that names none. */
  readonly usualEntry: string;
  /** What its author can do if there is no entry. */
  readonly advice: string;
  /** Bytes that it takes. */
  readonly bytes: number;
  /** How its runs learn the headers of responses. */
  readonly headPlace: HeadPlace;
  readonly name: string | undefined;
  /** The error with which a run rejects whose guest has failed. */
  rejectionOf(failure: Failed, run: FailedRun): unknown;
}

/** The parts of a script that is WebAssembly. @throws HttpBackgroundError BAD_MODULE if it cannot be started */
export function wasmParts(
  loaded: LoadedModule | UnstartedModule,
  sourceMap: SourceMap | undefined,
  name: string | undefined,
): ScriptParts {
  const { offsets } = loaded;
  if ("error" in loaded) throw rejectionOfStart(loaded.error, { offsets, sourceMap });
  return {
    computed: { module: loaded.module, key: randomBytes(KEY_BYTES) },
    entries: loaded.entries,
    usualEntry: "main",
    advice: "export a function without parameters",
    bytes: MODULE_BASE + loaded.originalSize * MODULE_SHARE,
    // Most scripts ask for none, and then none are kept.
    headPlace: asksForHeads(loaded.module) ? "value" : null,
    name,
    rejectionOf: (failure, run) => rejectionOfRun(failure, { run, offsets, sourceMap }),
  };
}

/** The parts of a script in JavaScript. */
export function javaScriptParts(
  { engine, image, entries, name: own }: LoadedJavaScript,
  name: string | undefined = own,
): ScriptParts {
  return {
    computed: { engine, image },
    entries,
    usualEntry: "default",
    advice: "export a function",
    bytes: image.bytes.length,
    headPlace: "answer",
    name,
    rejectionOf: (failure, run) => rejectionOfJavaScript(failure, run),
  };
}
