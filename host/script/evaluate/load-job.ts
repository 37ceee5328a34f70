import { Engine } from "../../guest/engine/engine.ts";
import type { DetachedFiber } from "../../guest/engine/instance.ts";
import { makeEngineImage } from "../../guest/javascript/engine-image.ts";
import { type EngineImage, type EngineRules, engineGuest } from "../../guest/javascript/module-rules.ts";
import { LoadFailure, type ModuleTexts, makeScriptImage } from "../../guest/javascript/script-image.ts";
import { toShareable } from "../../guest/parked/movable.ts";
import { type ErrorRecord, recordError } from "../blame/error-record.ts";
import { Fault } from "../blame/fault.ts";
import { limitError } from "../blame/limits.ts";
import type { SharedTexts } from "../compile/shared-texts.ts";
import type { GuestRun } from "../compute/guest-run.ts";
import { JAVASCRIPT_CALLS, JAVASCRIPT_OPTIONS } from "../compute/javascript-calls.ts";
import { openGivenScript, openScriptFile, type TypeStripper } from "./script-sources.ts";
import { openStripper } from "./strip-types.ts";

/** The engine is to be started, or a script to be loaded into it. */
export type JavaScriptJob = ImageJob | ScriptJob;

interface ImageJob extends EngineRules {
  readonly kind: "image";
  /** The engine. */
  readonly wasm: Uint8Array;
  readonly prelude: string;
}

/** A script, as its path or as text. */
export interface ScriptJob {
  readonly kind: "script";
  readonly engine: EngineImage;
  readonly script: string | SharedTexts;
  /** Whether its main module has types, whatever its name says. */
  readonly isTyped: boolean;
  /** Milliseconds that its top-level code may compute. */
  readonly computeMs: number;
  /** The path of the module that strips types; undefined if it is not installed. */
  readonly stripper: string | undefined;
}

/** What comes of it. */
export type JavaScriptOutcome =
  | { readonly kind: "image"; readonly engine: EngineImage }
  | {
      readonly kind: "script";
      readonly image: DetachedFiber;
      readonly entries: readonly string[];
      /** The name of its main module. */
      readonly name: string;
    }
  | { readonly kind: "failed"; readonly error: ErrorRecord };

/** The engine of the last job. */
let last: { readonly id: string; readonly engine: Engine<GuestRun> } | undefined;

export async function doJavaScriptJob(job: JavaScriptJob): Promise<JavaScriptOutcome> {
  try {
    return job.kind === "image" ? await startEngine(job) : await loadScript(job);
  } catch (error) {
    return { kind: "failed", error: recordError(faultOf(error)) };
  }
}

async function startEngine({ kind, ...rules }: ImageJob): Promise<JavaScriptOutcome> {
  return { kind, engine: await makeEngineImage({ ...rules, calls: JAVASCRIPT_CALLS }) };
}

async function loadScript({ engine: image, computeMs, ...job }: ScriptJob): Promise<JavaScriptOutcome> {
  const texts = open(job, openStripper(job.stripper));
  if (last?.id !== image.id) {
    const guest = engineGuest(image.module, image.isConfined, image);
    last = { id: image.id, engine: new Engine<GuestRun>(guest, JAVASCRIPT_OPTIONS) };
  }
  const loaded = makeScriptImage(last.engine, texts, {
    checkTime: (computedMs) => {
      if (computedMs > computeMs) throw limitError("computeMs", computeMs);
    },
  });
  const bytes = toShareable(Buffer.from(loaded.image.bytes));
  return { kind: "script", image: { ...loaded.image, bytes }, entries: loaded.entries, name: texts.main };
}

function open({ script, isTyped }: Pick<ScriptJob, "script" | "isTyped">, strip: TypeStripper): ModuleTexts {
  return typeof script === "string" ? openScriptFile(script, strip) : openGivenScript(script, isTyped, strip);
}

function faultOf(error: unknown): unknown {
  if (!(error instanceof LoadFailure)) return error;
  const { kind, text, stack } = error.end;
  return new Fault(error.isEarly && kind === "thrown" ? "source" : kind, text, stack);
}
