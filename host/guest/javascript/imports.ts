import type { Link } from "../engine/engine-options.ts";
import type { Fiber } from "../engine/fiber.ts";
import type { Imports } from "../engine/module.ts";
import { NoGuestMemory, Thrown, type Value } from "./engine-values.ts";
import { type Given, GuestMistake, type HostCall, type Kind, type Place, pureCall } from "./host-call.ts";
import { FAILURE_KINDS, type JavaScriptSuspension } from "./javascript-suspension.ts";
import { loadModule, resolveModule } from "./module-imports.ts";
import type { QuickJs } from "./quickjs.ts";

type Reader = (quickjs: QuickJs, value: Value) => unknown;

const READERS: Readonly<Record<Kind, Reader>> = {
  text: (quickjs, value) => quickjs.text(textValue(quickjs, value)),
  utf8: (quickjs, value) => quickjs.readText(textValue(quickjs, value), (bytes) => Buffer.from(bytes)),
  output: (quickjs, value) => {
    if (!quickjs.isBytes(value)) return READERS.utf8(quickjs, value);
    const { ptr, length } = quickjs.placeOf(value);
    return Buffer.from(quickjs.memory.at(ptr, length));
  },
  maybe: (quickjs, value) => (quickjs.isText(value) ? quickjs.text(value) : undefined),
  number: (quickjs, value) => {
    if (!quickjs.isNumber(value)) throw new GuestMistake("not a number");
    return quickjs.number(value);
  },
  flag: (quickjs, value) => quickjs.isTrue(value),
  bytes: placeOfBuffer,
  place: placeOfBuffer,
};

function textValue(quickjs: QuickJs, value: Value): Value {
  if (!quickjs.isText(value)) throw new GuestMistake("not a string");
  return value;
}

function placeOfBuffer(quickjs: QuickJs, value: Value): Place {
  if (!quickjs.isBytes(value)) throw new GuestMistake("not an ArrayBuffer");
  return quickjs.placeOf(value);
}

const BAD_FILE = 8;
const NANOSECONDS = 1_000_000n;

/** What else the engine asks for. */
export interface Environment<C> {
  readonly calls: Readonly<Record<string, HostCall<C>>>;
  /** Milliseconds since 1970. */
  now(fiber: Fiber<unknown, C>): number;
}

/** The imports of the engine. Nothing of the system is behind them. */
export function engineImports<C>(link: Link<C>, environment: Environment<C>): Imports {
  const calls = new HostCalls(link, environment.calls);
  const bad = (): number => BAD_FILE;
  return {
    env: {
      host_call: (name = 0, length = 0, _receiver, count = 0, list = 0) =>
        calls.call(name, length, count, list),
      host_interrupt: () => {
        link.tick();
        return 0;
      },
      host_promise_rejection: (promise = 0, reason = 0, isHandled = 0) => {
        suspensionOf(link).onRejection(promise, reason, isHandled !== 0);
        return undefined;
      },
      host_module_normalize: (importer = 0, name = 0) => resolveModule(suspensionOf(link), importer, name),
      host_module_load: (name = 0, length = 0) => loadModule(suspensionOf(link), name, length),
      host_get_timezone_offset: () => 0,
    },
    wasi_snapshot_preview1: {
      clock_time_get: (_clock, _precision, place = 0) => {
        // The precision is an i64, so it comes as a bigint. Nobody needs it.
        const fiber = link.running();
        const { loading, quickjs } = suspensionOf(link);
        if (fiber === undefined) loading?.onImpure();
        const ms = fiber === undefined ? 0 : environment.now(fiber);
        quickjs.memory.at(place, 8).writeBigUInt64LE(BigInt(Math.floor(ms)) * NANOSECONDS);
        return 0;
      },
      random_get: (place = 0, length = 0) => {
        suspensionOf(link).quickjs.memory.at(place, length).fill(0);
        return 0;
      },
      fd_write: bad,
      fd_close: bad,
      fd_fdstat_get: bad,
      fd_seek: bad,
    },
  };
}

function suspensionOf<C>(link: Link<C>): JavaScriptSuspension {
  const instance = link.instance();
  if (instance === undefined) throw new Error("the engine asks before there is an instance");
  return instance.suspension as JavaScriptSuspension;
}

/** The functions that only the kernel calls. */
const KERNEL_CALLS: Readonly<Record<string, HostCall<never>>> = {
  encodeText: pureCall(["utf8"], ([text]) => text),
  finish: pureCall(["bytes"], ([result], { suspension }) => {
    suspension.end = { kind: "returned", result: Buffer.from(result) };
    return undefined;
  }),
  fail: pureCall(["text", "text", "text"], ([kind, text, stack], { suspension }) => {
    suspension.fail(FAILURE_KINDS.find((known) => known === kind) ?? "thrown", text, stack);
    return undefined;
  }),
};

/** The functions of the host, called by their names. */
class HostCalls<C> {
  readonly #link: Link<C>;
  readonly #calls: ReadonlyMap<string, HostCall<C>>;

  constructor(link: Link<C>, calls: Readonly<Record<string, HostCall<C>>>) {
    this.#link = link;
    this.#calls = new Map(Object.entries({ ...calls, ...KERNEL_CALLS }));
  }

  call(name: number, length: number, count: number, list: number): number {
    const suspension = suspensionOf(this.#link);
    const { quickjs } = suspension;
    try {
      return this.#give(
        quickjs,
        this.#run(suspension, quickjs.memory.at(name, length).toString(), count, list),
      );
    } catch (error) {
      if (error instanceof GuestMistake) return quickjs.throwText(error.message, error.kind);
      if (error instanceof Thrown) return rethrow(quickjs, error);
      // The script learns it as it does when its own code finds no memory.
      if (error instanceof NoGuestMemory) return quickjs.throwOutOfMemory();
      throw error;
    }
  }

  #run(suspension: JavaScriptSuspension, name: string, count: number, list: number): Given {
    const call = this.#calls.get(name);
    if (call === undefined) throw new GuestMistake(`there is no function ${name}`);
    const fiber = this.#link.running();
    if (fiber === undefined && !call.isPure) {
      suspension.loading?.onImpure();
      throw new GuestMistake(`${name} is called before there is a run`);
    }
    const given = call.takes.map((kind, place) => this.#take(suspension.quickjs, kind, place, count, list));
    this.#link.spend(given.reduce<number>((size, arg) => size + sizeOf(arg), 0));
    // Views last, because reading an argument may move the memory.
    const args = given.map((arg, i) =>
      call.takes[i] === "bytes" ? viewOf(suspension.quickjs, arg as Place) : arg,
    );
    return call.run(args, { fiber, suspension, spend: this.#link.spend });
  }

  #take(quickjs: QuickJs, kind: Kind, place: number, count: number, list: number): unknown {
    if (place >= count) {
      if (kind === "maybe") return undefined;
      throw new GuestMistake("an argument is missing");
    }
    return READERS[kind](quickjs, quickjs.memory.readU32(list + 4 * place));
  }

  #give(quickjs: QuickJs, given: Given): Value {
    this.#link.spend(sizeOf(given));
    switch (typeof given) {
      case "string":
        return quickjs.newText(given);
      case "number":
        return quickjs.newNumber(given);
      case "boolean":
        return quickjs.newBoolean(given);
      case "undefined":
        return quickjs.newUndefined();
      default:
        return quickjs.newBytes(given);
    }
  }
}

function sizeOf(value: unknown): number {
  return (value as { length?: number } | undefined)?.length ?? 0;
}

function viewOf(quickjs: QuickJs, { ptr, length }: Place): Buffer {
  return quickjs.memory.at(ptr, length);
}

function rethrow(quickjs: QuickJs, { value }: Thrown): number {
  quickjs.call("qjs_throw", value);
  quickjs.release(value);
  return 0;
}
