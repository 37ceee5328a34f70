import { randomFillSync } from "node:crypto";
import { BLOCKING_QUESTION } from "../../guest/engine/asyncify.ts";
import type { GuestAccess } from "../../guest/engine/guest-access.ts";
import type { Instance } from "../../guest/engine/instance.ts";
import type { GuestAnswer } from "../../guest/engine/step.ts";
import type { GuestCall } from "../../guest/engine/task.ts";
import {
  movableCopy,
  type PostedData,
  type ScriptRequest,
  sizeOfData,
  takeRequest,
} from "../../guest/wire/script-request.ts";
import { SeededRandom } from "../../seeded-random.ts";
import type { Limits } from "../blame/limits.ts";
import { PastLimit } from "../blame/past-limit.ts";
import type { LongBytes } from "../pages/paged-bytes.ts";
import type { Pages } from "../pages/pages.ts";
import type { Allowance, Argument, EntryResult, RunContext, StepOrigin } from "../steps/step.ts";
import { GuestValues } from "./guest-values.ts";
import type { Output } from "./output.ts";

const NO_BYTES = Buffer.alloc(0);

/** Less than this many milliseconds never count as too long: V8 may collect garbage or compile a function in this time. */
const LEAST_COMPUTE_MS = 5;

/** The clock of a run moves in steps of so many milliseconds. */
const CLOCK_STEP_MS = 1;

/** What all runs have in the thread that computes their guests. */
export interface RunSetting {
  /** Where long values are. */
  readonly pages: Pages;
  /** Of the step that is computed, whichever run it is of. */
  readonly output: Output;
  /** Called from time to time while a guest computes. Returns false if its run has ended: then it ends, too. */
  mayGoOn(): boolean;
  /** A copy in pages of data that the script posts; undefined if they are few, or there are too few pages. */
  put(bytes: Buffer): LongBytes | undefined;
}

/** One run in the thread that computes its guest: what it was given, and what it may use in this step. */
export class GuestRun implements GuestCall<EntryResult, GuestRun> {
  readonly given: readonly Argument[];
  readonly limits: Limits;
  /** The entry. */
  readonly name: string;
  readonly values: GuestValues;
  /** Size of its memory at the end of this step. */
  memoryBytes = 0;
  /** Why it has no result, although its guest has come to its end. */
  failure: Error | undefined;
  /** Those of its calls in this step that only wait: milliseconds by their numbers. */
  readonly sleeps = new Map<number, number>();
  /** The numbers of earlier calls whose answers it does not want any more. */
  cancelled: number[] = [];
  /** The calls of which it wants one answer at the end of this step; null if it takes each answer that there is. */
  until: readonly number[] | null = null;
  /** Whether it wants to learn only which of them it is. */
  isAnnounced = false;
  /** Whether it has taken the answer that was announced. */
  hasTaken = false;
  /** The numbers of all calls whose answers it has not taken, if it takes them one by one. */
  #calls = new Set<number>();
  /** An answer that it may take in this step. */
  #announced: GuestAnswer | undefined;
  /** The calls of this step. */
  readonly #requests = new Map<number, ScriptRequest<LongBytes>>();
  /** Bytes that the host will keep for them. */
  #keptBytes = 0;
  #allowance: Allowance = {
    computeMs: 0,
    cpuMs: 0,
    timeMs: 0,
    outputBytes: 0,
    keptBytes: 0,
    requests: 0,
    made: 0,
    date: Number.NaN,
    seed: Number.NaN,
  };
  /** Where the random bytes of this step come from; undefined if from the machine. */
  #chance: SeededRandom | undefined;
  #stepBegan = 0;

  readonly #setting: RunSetting;

  constructor({ entry, args, values }: RunContext, limits: Limits, setting: RunSetting) {
    this.name = entry;
    this.given = args;
    this.limits = limits;
    this.#setting = setting;
    this.values = new GuestValues(values);
  }

  get context(): GuestRun {
    return this;
  }

  get output(): Output {
    return this.#setting.output;
  }

  beginStep(allowance: Allowance, from: StepOrigin | null): void {
    this.#calls = new Set(from?.calls);
    this.#announced = from?.isAnnounced === true ? from.answers[0] : undefined;
    if (from !== null) this.values.add(from.values);
    this.#allowance = allowance;
    this.#chance = Number.isNaN(allowance.seed) ? undefined : new SeededRandom(allowance.seed);
    this.#stepBegan = performance.now();
    this.output.clear();
    this.values.released = [];
    this.memoryBytes = 0;
    this.cancelled = [];
    this.sleeps.clear();
    this.#requests.clear();
    this.#keptBytes = 0;
    this.until = null;
    this.isAnnounced = false;
    this.hasTaken = false;
  }

  /** The number of a call that is started now. No two calls of a run have the same. @throws PastLimit */
  startCall(): number {
    const number = this.#allowance.made + this.#requests.size + 1;
    this.#addCall(number);
    return number;
  }

  /** How many calls it has started whose answers it has not taken. */
  get startedCalls(): number {
    return this.#calls.size;
  }

  /**
   * The answer to a call, which is taken then. If it is not there, the script waits for it, and this returns undefined.
   *
   * @throws Error if there is no such call
   */
  takeAnswer(number: number): Uint8Array | undefined {
    this.#checkCall(number);
    if (this.#announced?.number !== number) {
      this.until = [number];
      this.isAnnounced = false;
      return undefined;
    }
    const { bytes } = this.#announced;
    this.#calls.delete(number);
    this.#announced = undefined;
    this.hasTaken = true;
    return bytes;
  }

  /**
   * The number of one of these calls whose answer is there. If there is none, the script waits for the first one, and
   * this returns undefined.
   *
   * @throws Error if there is no such call
   */
  findAnswered(numbers: readonly number[]): number | undefined {
    if (numbers.length === 0) throw new Error("the script waits for none of its calls");
    for (const number of numbers) this.#checkCall(number);
    if (this.#announced !== undefined && numbers.includes(this.#announced.number))
      return this.#announced.number;
    this.until = [...new Set(numbers)];
    this.isAnnounced = true;
    return undefined;
  }

  /** Copies the script's call, and charges for it. @throws PastLimit */
  takeRecord(guest: GuestAccess<GuestRun>, ptr: number, len: number, number: number): Buffer {
    if (this.sleeps.has(number)) return NO_BYTES;
    const { memory } = guest;
    if (number === BLOCKING_QUESTION) this.#block();
    this.memoryBytes = memory.bytes.length;
    const request = takeRequest(memory, memory.at(ptr, len), this.#copy);
    guest.spend(request.size);
    this.keep(sizeOfData(request.data));
    // The first one that is too many is counted where all are counted.
    if (this.#requests.size > this.#allowance.requests) throw new PastLimit("requests");
    this.#requests.set(number, request);
    // With the arguments of others, it may be much.
    this.#keptBytes += request.args.length;
    return request.args;
  }

  readonly #copy = (bytes: Buffer): LongBytes => this.#setting.put(bytes) ?? movableCopy(bytes);

  /** The script makes a call, and waits for its answer. */
  #block(): void {
    this.#addCall(BLOCKING_QUESTION);
    this.until = [BLOCKING_QUESTION];
    this.isAnnounced = false;
  }

  /**
   * A call that only waits. Timers of earlier steps are counted where all are counted.
   *
   * @throws PastLimit
   */
  addSleep(number: number, ms: number): void {
    if (this.sleeps.size >= this.limits.concurrentTimers) throw new PastLimit("concurrentTimers");
    this.sleeps.set(number, ms);
  }

  #addCall(number: number): void {
    if (this.#calls.size >= this.limits.concurrentCalls) throw new PastLimit("concurrentCalls");
    this.#calls.add(number);
  }

  #checkCall(number: number): void {
    if (this.#calls.has(number) && number !== BLOCKING_QUESTION) return;
    throw new Error(`the script waits for the call ${number}, which it has not started, or has waited for`);
  }

  /** The data of a call of this step. */
  dataOf(number: number): readonly PostedData<LongBytes>[] {
    return this.#requests.get(number)?.data ?? [];
  }

  /** Charges for bytes that the host will keep for calls of this step. @throws PastLimit */
  keep(bytes: number): void {
    this.#keptBytes += bytes;
    if (this.#keptBytes > this.#allowance.keptBytes) throw new PastLimit("keptBytes");
  }

  readResult({ memorySize }: Instance, returned: unknown): EntryResult {
    this.memoryBytes = memorySize;
    if (returned === undefined || typeof returned === "number" || typeof returned === "bigint")
      return returned;
    throw new TypeError("the entry returned no number");
  }

  /** @throws PastLimit */
  checkOutput(bytes: number): void {
    if (this.output.size + bytes > this.#allowance.outputBytes) throw new PastLimit("outputBytes");
  }

  /** Called now and then while the host computes for it. @throws if the run is over, or its time */
  checkStep(): void {
    this.checkTime(0);
  }

  /** @throws PastLimit */
  checkTime(computedMs: number): void {
    const { computeMs, cpuMs, timeMs } = this.#allowance;
    if (!this.#setting.mayGoOn()) throw new Error("the run is over");
    if (performance.now() - this.#stepBegan > timeMs) throw new PastLimit("timeout");
    if (computedMs > Math.max(computeMs, LEAST_COMPUTE_MS)) throw new PastLimit("computeMs");
    if (computedMs > cpuMs) throw new PastLimit("cpuMs");
  }

  /** Milliseconds since 1970. Coarse, so that nobody measures with it what others do. */
  now(): number {
    const { date } = this.#allowance;
    return Math.floor((Number.isNaN(date) ? Date.now() : date) / CLOCK_STEP_MS) * CLOCK_STEP_MS;
  }

  random(length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    this.fillRandom(bytes);
    return bytes;
  }

  fillRandom(bytes: Uint8Array): void {
    if (this.#chance === undefined) randomFillSync(bytes);
    else this.#chance.fill(bytes);
  }

  /** The parts of bytes that may be in pages. */
  parts(bytes: LongBytes, from?: number, to?: number): Iterable<Uint8Array> {
    return this.#setting.pages.parts(bytes, from, to);
  }
}
