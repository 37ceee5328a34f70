import { constants } from "node:buffer";
import { EXT_FILE } from "../../../assembly/abi.ts";
import type { HttpBackgroundError } from "../../api/errors.ts";
import type { Answer, Fiber, Task } from "../../guest/engine/fiber.ts";
import type { Instance } from "../../guest/engine/instance.ts";
import { Handles } from "../../guest/wire/handles.ts";
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

/** What an entry returns; undefined if it returns nothing. */
export type EntryResult = number | bigint | undefined;

/** Who runs a run. */
export interface RunOwner {
  /** Calls the script's entry. */
  start(run: Run): Fiber<EntryResult, Run>;
  /** Ends the run's guest, which tells the run. */
  abandon(fiber: Fiber<EntryResult, Run>, reason: unknown): void;
  /** Does a call of `http_background` that the run makes: MessagePack in and out. */
  call(args: Uint8Array, run: Run, answer: Answer): void;
  /** Once, when the run is over. */
  onEnd(run: Run): void;
}

/** What a run is made of. */
export interface RunParts {
  /** The entry. */
  readonly name: string;
  readonly texts: readonly (string | Uint8Array)[];
  readonly grants: Grants;
  readonly limits: Limits;
  readonly signal: AbortSignal | undefined;
  /** Told of output whenever the script waits, and at the end. */
  readonly onOutput: ((bytes: Buffer) => void) | undefined;
  resolve(result: EntryResult): void;
  reject(error: unknown): void;
}

/** Milliseconds of the host's work for a call that are free; what it takes beyond them counts as computing. */
const FREE_HOST_MS = 5;
/** A slow moment may be the fault of others: so much of it is not held against a run, however little it may compute. */
const LEAST_HOST_MS = 100;
/** The same for what it computes itself: memory may be cleaned up meanwhile, or a function compiled. */
const LEAST_COMPUTE_MS = 5;

/** One run of a script, from the call of `run` on: what it was given, what it has used, and how it ends. */
export class Run implements ScriptRun, QueuedRun, DeadlineOwner, Abortable, Task<EntryResult, Run> {
  position: number | undefined;
  readonly name: string;
  readonly parts: RunParts;
  readonly handles = new Handles();
  readonly signal = new RunSignal();
  readonly output = new Output();
  /** The last mistake that the script was told of. */
  mistake: HttpBackgroundError | undefined;
  readonly #owner: RunOwner;
  /** The context of the caller of `run`. */
  readonly #scope = captureScope();
  readonly #endsAt: number;
  readonly #deadline: Deadline;
  #hasEntered = false;
  #fiber: Fiber<EntryResult, Run> | undefined;
  #isOver = false;
  #reason: unknown;
  /** What calls took of the host that were dear: a run may not have others compute for it. */
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
    // Whoever let it in may be another run, which has ended.
    this.#fiber = this.#scope.runInAsyncScope(() => this.#owner.start(this));
    // It may have gone past a limit before its fiber was known.
    if (this.#isOver) this.#owner.abandon(this.#fiber, this.#reason);
  }

  /** Ends it now, in any phase: it is never resumed, and its memory and its socket are gone. */
  end(reason: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#reason = reason;
    if (!this.#hasEntered) this.onError(reason);
    else if (this.#fiber !== undefined) this.#owner.abandon(this.#fiber, reason);
    this.signal.abort();
  }

  /** What the script calls; it is suspended meanwhile. One that is over gets no answer. */
  perform(args: Uint8Array, answer: Answer): void {
    if (!this.#mayRequest()) return;
    const failure = this.#tellOutput();
    if (failure !== undefined) this.end(failure.reason);
    // Whoever is told may have ended it.
    if (this.#isOver) return;
    const startedAt = performance.now();
    this.#owner.call(args, this, answer);
    this.#hostMs += Math.max(0, performance.now() - startedAt - FREE_HOST_MS);
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

  /** Bytes of a content or a File that are in memory; undefined if `number` names no such. */
  bytesOf(number: number): Buffer | undefined {
    const value = this.handles.find(number, EXT_FILE)?.value;
    return Buffer.isBuffer(value) ? value : undefined;
  }

  /** False if there may be no more calls: the run is over. */
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
    if (error instanceof ScriptError) error.output = this.output.bytes.toString();
    this.parts.reject(error);
  }

  /** Tells the caller what the script has put out. @returns What the caller threw */
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
    this.#owner.onEnd(this);
  }
}
