import type { Handles } from "../guest/wire/handles.ts";
import type { PostedData, Sized } from "../guest/wire/script-request.ts";
import type { CancelSignal } from "../lifetime/abort-watch.ts";
import type { AskingRun } from "../network/transfer/asking-run.ts";
import type { Policy } from "../network/transfer/policy.ts";
import type { HeadPlace } from "./script-answer.ts";

/** One run of a script, as its calls see it. */
export interface ScriptRun extends AskingRun {
  /** What the run's own policy makes of the rules of the runtime; undefined if it has none. */
  readonly rules: OpenRules | undefined;
  /** The values that the run may name. */
  readonly handles: Handles;
  /** How its guest learns the headers of responses and where they come from. */
  readonly headPlace: HeadPlace;
  /** Ends the run. */
  end(reason: unknown): void;
}

/** One call of a run. */
export interface ScriptCall {
  /** How the bytes of a value are read that are not in one piece, until it is over; undefined for any other value. */
  partsOf(value: unknown): (() => Iterable<Uint8Array>) | undefined;
  /** Ends it. */
  readonly signal: CancelSignal;
  /** Counts what its transfer takes of the JavaScript heap, in bytes, until it is over. */
  onObjects(bytes: number): void;
  /** Bytes of content that the run may still receive. */
  readonly receivable: number;
  /** Counts bytes of a body, before they are sent. Returns false if they are too many: then the run is over. */
  onSend(bytes: number): boolean;
  /**
   * Counts bytes of content that came, or would have come. Returns false if they are too many: then the run is over.
   */
  onReceive(bytes: number): boolean;
}

/** A call, and the run that makes it. */
export interface AskedCall {
  readonly run: ScriptRun;
  readonly call: ScriptCall;
}

/** A transfer that a script asks for. It comes from where scripts compute, and is not trusted. */
export interface DoorRequest {
  /** The transfer, as the plugin's guest has written it. */
  readonly transfer: Uint8Array;
  /** Data that it names. No other call can name them. */
  readonly data: readonly PostedData<Sized>[];
}

/** The rules of the calls of one runtime, or of one run. */
export interface OpenRules {
  /** See `PerformOptions.tenancy`. Runs for a tenant have one of their own. */
  readonly tenancy: string;
  readonly environmentProxy: boolean;
  /** For calls that name a proxy. */
  readonly ofOwnProxy: Policy;
  /** For calls that name no proxy. */
  readonly ofNoProxy: Policy;
}
