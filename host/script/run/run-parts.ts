import type { OpenRules } from "../../door/script-call.ts";
import type { Limits } from "../blame/limits.ts";
import type { Argument } from "../steps/step.ts";
import type { Grants } from "./grants.ts";
import type { ScriptValue } from "./script-value.ts";

/** What a run consists of. */
export interface RunParts {
  readonly entry: string;
  /** Long texts are replaced by what is in pages, when the run begins. */
  readonly args: Argument[];
  readonly grants: Grants;
  readonly limits: Limits;
  /** The rules of its calls, if they are not those of the runtime. */
  readonly rules: OpenRules | undefined;
  /** For whom it runs, as the application calls them. */
  readonly tenant: string | undefined;
  readonly signal: AbortSignal | undefined;
  /** Called with new output whenever the script waits, and at the end. */
  readonly onOutput: ((bytes: Buffer) => void) | undefined;
  resolve(result: ScriptValue): void;
  reject(error: unknown): void;
}
