import { constants } from "node:buffer";
import { EXT_FILE } from "../../../assembly/abi.ts";
import type { HttpBackgroundError } from "../../api/errors.ts";
import { cpuTime } from "../../guest/engine/cpu-time.ts";
import type { Answer, Fiber, GuestAccess, Task } from "../../guest/engine/fiber.ts";
import type { Instance } from "../../guest/engine/instance.ts";
import { Handles } from "../../guest/wire/handles.ts";
import { type ScriptRequest, takeRequest } from "../../guest/wire/script-request.ts";
import type { Abortable } from "../../lifetime/abort-watch.ts";
import { captureScope } from "../../lifetime/async-scope.ts";
import { Deadline, type DeadlineOwner } from "../../lifetime/deadline.ts";
import type { ScriptRun } from "../../script-door.ts";
import { ScriptError } from "../blame/errors.ts";
import type { Grants } from "./grants.ts";
import { type Limits, limitError } from "./limits.ts";
import { Output } from "./output.ts";
import type { QueuedRun } from "./run-queue.ts";
import { RunSignal } from "./run-signal.ts";

/** The return value of an entry; undefined if it has none. */
export type EntryResult = number | bigint | undefined;

/** The owner of a run, which starts and ends it. */
export interface RunOwner {
  /** Calls the script's entry. */
  start(run: Run): Fiber<EntryResult, Run>;
  /** Ends the run's guest, which tells the run. */
  abandon(fiber: Fiber<EntryResult, Run>, reason: unknown): void;
  /** Makes a call of `http_background` for the run. Arguments and answer are MessagePack. */
  call(request: ScriptRequest, run: Run, answer: Answer): void;
  /** Called once, when the run is over. */
  onEnd(run: Run): void;
}

/** What a run consists of. */
export interface RunParts {
  /** The entry. */
  readonly name: string;
  readonly texts: readonly (string | Uint8Array)[];
  readonly grants: Grants;
  readonly limits: Limits;
  readonly signal: AbortSignal | undefined;
  /** Called with new output whenever the script waits, and at the end. */
  readonly onOutput: ((bytes: Buffer) => void) | undefined;
  resolve(result: EntryResult): void;
  reject(error: unknown): void;
}

/** The host's work for a call is free for this many milliseconds. More counts as computing of the run. */
const FREE_HOST_MS = 5;
/**
 * The limit for this work is at least this many milliseconds, even if the run may compute less, because a slow moment
 * may be the fault of others.
 */
const LEAST_HOST_MS = 100;
/** The same for its own computing, because V8 may collect garbage or compile a function in this time. */
const LEAST_COMPUTE_MS = 5;

/** One run of a script, from the call of `run`: what it got, what it has used, and how it ends. */
export class Run implements ScriptRun, QueuedRun, DeadlineOwner, Abortable, Task<EntryResult, Run> {
  position: number | undefined;
  readonly name: string;
  readonly parts: RunParts;
  readonly handles = new Handles();
  readonly signal = new RunSignal();
  readonly output = new Output();
  /** The last mistake of the script. The script has got it as an answer. */
  mistake: HttpBackgroundError | undefined;
  readonly #owner: RunOwner;
  /** The context of the caller of `run`. */
  readonly #scope = captureScope();
  readonly #endsAt: number;
  readonly #deadline: Deadline;
  /** The call that the script makes, from its copying on until it is made. */
  #request: ScriptRequest | undefined;
  #hasEntered = false;
  #fiber: Fiber<EntryResult, Run> | undefined;
  #isOver = false;
  #reason: unknown;
  /** The host's time for expensive calls. A run must not use the host to compute more than its limit allows. */
  #hostMs = 0;
  #requests = 0;
  #sent = 0;
  #received = 0;

  constructor(owner: RunOwner, parts: RunParts) {
    this.#owner = owner;
    this.name = parts.name;
    this.parts = parts;
    this.#endsAt = performance.now() + parts.limits.timeout * 1000;
    this.#deadline = new Deadline(parts.limits.timeout * 1000, this);
  }

  get context(): Run {
    return this;
  }

  get receivable(): number {
    return this.parts.limits.bytesReceived - this.#received;
  }

  enter(): void {
    this.#hasEntered = true;
    // The end of another run may have let this run in. So it must return to the context of its own caller.
    this.#fiber = this.#scope.runInAsyncScope(() => this.#owner.start(this));
    // It may have exceeded a limit before `start` returned the fiber.
    if (this.#isOver) this.#owner.abandon(this.#fiber, this.#reason);
  }

  /** Ends the run at once, in any phase. It is never resumed, and its memory and its socket are gone. */
  end(reason: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#reason = reason;
    if (!this.#hasEntered) this.onError(reason);
    else if (this.#fiber !== undefined) this.#owner.abandon(this.#fiber, reason);
    this.signal.abort();
  }

  /** Copies the script's call, and charges for it. */
  takeRecord(guest: GuestAccess<Run>, ptr: number, len: number): Buffer {
    const { memory } = guest;
    this.#request = takeRequest(memory, memory.at(ptr, len));
    guest.spend(this.#request.size);
    return this.#request.args;
  }

  /** Called when the script makes a call and is suspended. A run that is over gets no answer. */
  perform(_args: Buffer, answer: Answer): void {
    const request = this.#request;
    this.#request = undefined;
    if (request === undefined || !this.#mayRequest()) return;
    const failure = this.#tellOutput();
    if (failure !== undefined) this.end(failure.reason);
    // The caller's function may have ended the run.
    if (this.#isOver) return;
    const startedAt = performance.now();
    const cpuStartedAt = cpuTime();
    this.#owner.call(request, this, answer);
    const elapsed = performance.now() - startedAt;
    // Time in which other threads and processes had the CPU does not count.
    if (elapsed > FREE_HOST_MS)
      this.#hostMs += Math.max(0, Math.min(elapsed, cpuTime() - cpuStartedAt) - FREE_HOST_MS);
    if (this.#hostMs > Math.max(this.parts.limits.computeMs, LEAST_HOST_MS)) this.#exceed("computeMs");
  }

  readResult(_instance: Instance, returned: unknown): EntryResult {
    if (returned === undefined || typeof returned === "number" || typeof returned === "bigint")
      return returned;
    throw new TypeError("the entry returned no number");
  }

  onSend(bytes: number): boolean {
    this.#sent += bytes;
    return this.#sent <= this.parts.limits.bytesSent || this.#exceed("bytesSent");
  }

  onReceive(bytes: number): boolean {
    this.#received += bytes;
    return this.#received <= this.parts.limits.bytesReceived || this.#exceed("bytesReceived");
  }

  onMistake(mistake: HttpBackgroundError): void {
    this.mistake = mistake;
  }

  /** @throws ScriptError OUTPUT_LIMIT */
  checkOutput(bytes: number): void {
    const most = Math.min(this.parts.limits.outputBytes, constants.MAX_STRING_LENGTH);
    if (this.output.size + bytes > most) throw limitError("outputBytes", most);
  }

  /** @throws ScriptError TIME_LIMIT, COMPUTE_LIMIT */
  checkTime(computedMs: number): void {
    const { timeout, computeMs } = this.parts.limits;
    if (performance.now() > this.#endsAt) throw limitError("timeout", timeout);
    if (computedMs > Math.max(computeMs, LEAST_COMPUTE_MS)) throw limitError("computeMs", computeMs);
  }

  /** The bytes of a content or of a File in memory; undefined if `number` names neither. */
  bytesOf(number: number): Buffer | undefined {
    const value = this.handles.find(number, EXT_FILE)?.value;
    return Buffer.isBuffer(value) ? value : undefined;
  }

  /** Whether one more call is allowed. If not, it ends the run. */
  #mayRequest(): boolean {
    if (performance.now() > this.#endsAt) return this.#exceed("timeout");
    return ++this.#requests <= this.parts.limits.requests || this.#exceed("requests");
  }

  #exceed(name: "timeout" | "computeMs" | "requests" | "bytesSent" | "bytesReceived"): false {
    this.end(limitError(name, this.parts.limits[name]));
    return false;
  }

  onDeadline(): void {
    this.#exceed("timeout");
  }

  onAbort(reason: unknown): void {
    this.end(reason);
  }

  onResult(result: EntryResult): void {
    if (performance.now() > this.#endsAt) {
      this.onError(limitError("timeout", this.parts.limits.timeout));
      return;
    }
    this.#close();
    const failure = this.#tellOutput();
    if (failure === undefined) this.parts.resolve(result);
    else this.parts.reject(failure.reason);
  }

  onError(error: unknown): void {
    this.#close();
    // The first reason counts.
    this.#tellOutput();
    if (error instanceof ScriptError) error.output = this.output.text;
    this.parts.reject(error);
  }

  /** Gives the script's new output to the caller. @returns The error that the caller's function has thrown */
  #tellOutput(): { readonly reason: unknown } | undefined {
    const { onOutput } = this.parts;
    const bytes = onOutput && this.output.takeNew();
    if (onOutput === undefined || bytes === undefined) return undefined;
    try {
      this.#scope.runInAsyncScope(onOutput, undefined, bytes);
      return undefined;
    } catch (reason) {
      return { reason };
    }
  }

  #close(): void {
    this.#isOver = true;
    this.#deadline.cancel();
    this.handles.clear();
    this.#owner.onEnd(this);
  }
}
