import { randomFillSync } from "node:crypto";
import {
  ENCODER_STATE_SIZE,
  EXPORT_CALL,
  EXPORT_ENCODE,
  IMPORT_HAS_THREAD,
  IMPORT_MODULE,
  IMPORT_PERFORM,
  IMPORT_RANDOM,
  RECORD_HEADER_SIZE,
} from "../../assembly/abi.ts";
import { SpreadWork } from "../lifetime/spread-work.ts";
import { Engine } from "./engine/engine.ts";
import type { Link } from "./engine/engine-options.ts";
import type { GuestAccess } from "./engine/guest-access.ts";
import type { Instance } from "./engine/instance.ts";
import { checkAbiVersion, compileModule, GuestModule } from "./engine/module.ts";
import { type Perform, RecordCall } from "./engine/record-call.ts";
import { RETURNING } from "./engine/returning.ts";
import type { Answer, Task } from "./engine/task.ts";
import { readString } from "./parked/guest-string.ts";
import { NameCache } from "./wire/name-cache.ts";

const IMPORTS: ReadonlySet<string> = new Set([
  "env.abort",
  ...[IMPORT_PERFORM, IMPORT_HAS_THREAD, IMPORT_RANDOM].map((name) => `${IMPORT_MODULE}.${name}`),
]);

export interface PluginOptions {
  /** Whether the configuration has a thread with this id. */
  hasThread(id: string): boolean;
  /** Makes the outcome, as MessagePack, for a call whose `perform` threw or rejected. */
  answerTo(error: unknown): Uint8Array;
  /** Fills bytes at random. @default those of the machine */
  fillRandom?: ((bytes: Uint8Array) => void) | undefined;
}

/** One pass of an encoder over a source, a chunk at a time. */
export interface Encoding {
  /**
   * Returns the bytes for a chunk. `failed` is true if the encoder cannot encode the byte after them.
   *
   * @param take Gives the buffer for them. @default makes a new one
   */
  push(chunk: Uint8Array, take?: (size: number) => Buffer): { bytes: Uint8Array; failed: boolean };
  /** Returns the bytes that were held back. */
  end(): Uint8Array;
}

const NOTHING = new Uint8Array();

/** A call with more bytes of arguments has many values. To read them took long, so it begins in a later turn. */
const MANY_ARGUMENT_BYTES = 128 * 1024;

const names = new NameCache();
const readName = (bytes: Buffer, start: number, end: number): string => names.read(bytes, start, end);

/** One call without promises, for callers with very many calls. It reads records where they lie in the guest. */
export abstract class PluginCall<T, R> implements Task<T, undefined, R> {
  args: Uint8Array;

  constructor(args: Uint8Array) {
    this.args = args;
  }

  // All have the same, and many calls may wait at the same time.
  get name(): string {
    return EXPORT_CALL;
  }

  get context(): undefined {
    return undefined;
  }

  abstract takeRecord(guest: GuestAccess<undefined>, ptr: number, len: number): R;
  abstract perform(record: R, answer: Answer): void;
  abstract readResult(instance: Instance, returned: unknown): T;
  abstract onResult(result: T): void;
  abstract onError(error: unknown): void;
  /** The call waits for its turn to begin. @param leave takes it out of the line: it will not begin */
  abstract onWait(leave: () => void): WaitingCall;
}

/** A call that waits for its turn to begin. */
export interface WaitingCall {
  /** It begins now. */
  onTurn(): void;
  /** No call begins any more. */
  onRefused(): void;
}

/** A call whose transfer is planned, and made by somebody else. */
class PlannedCall extends RecordCall {
  perform(): void {}
  onResult(): void {}
  onError(): void {}
}

/** The plugin's guest: `http-background.wasm` with its calls and its encoders. */
export class Plugin {
  /** Other threads can make their own plugin from it. */
  readonly module: WebAssembly.Module;
  /** @internal */
  readonly engine: Engine;
  readonly #large = new SpreadWork(0);
  readonly #waiting = new Set<WaitingCall>();

  private constructor(module: WebAssembly.Module, engine: Engine) {
    this.module = module;
    this.engine = engine;
  }

  /** @throws HttpBackgroundError BAD_MODULE if the bytes are not the plugin of this host's version. */
  static async load(bytes: Uint8Array, options: PluginOptions): Promise<Plugin> {
    return Plugin.of(await compileModule(bytes), options);
  }

  /** @throws HttpBackgroundError BAD_MODULE if the module is not the plugin of this host's version. */
  static of(module: WebAssembly.Module, options: PluginOptions): Plugin {
    checkAbiVersion(module);
    const { fillRandom = randomFillSync } = options;
    const engine = new Engine(new GuestModule(module, { imports: IMPORTS, kind: RETURNING }), {
      functions: {
        [IMPORT_HAS_THREAD]: ({ memory }, ptr = 0, len = 0) =>
          options.hasThread(memory.read(ptr, len, readName)) ? 1 : 0,
        [IMPORT_RANDOM]: ({ memory }, ptr = 0, len = 0) => {
          fillRandom(memory.at(ptr, len));
          return undefined;
        },
      },
      env: { abort },
      answerTo: options.answerTo,
    });
    return new Plugin(module, engine);
  }

  /** Runs one call. It takes marshalled arguments and gives the result as MessagePack. */
  call(args: Uint8Array, perform: Perform): Promise<Buffer> {
    return this.engine.call(EXPORT_CALL, args, perform);
  }

  /** Starts a call without promises. One with very many arguments is started a turn later. */
  start<T, R>(call: PluginCall<T, R>): void {
    if (call.args.length <= MANY_ARGUMENT_BYTES) {
      this.engine.start(call);
      return;
    }
    // The next call has its arguments in the same place.
    call.args = Uint8Array.from(call.args);
    const leave = this.#large.later(() => {
      this.#waiting.delete(waiting);
      waiting.onTurn();
      this.engine.start(call);
    });
    const waiting = call.onWait(() => {
      this.#waiting.delete(waiting);
      leave();
    });
    this.#waiting.add(waiting);
  }

  /** Ends the calls that were to be started later. */
  refuseWaiting(): void {
    for (const waiting of this.#waiting) waiting.onRefused();
  }

  /** Resolves when all calls that were to be started later have started; undefined if there are none. */
  get pending(): Promise<void> | undefined {
    return this.#large.pending;
  }

  /** The transfer that a call asks for, or the call's result if it asks for none. The call does not go on. */
  plan(args: Uint8Array): { readonly asked: Buffer } | { readonly result: Buffer } {
    return this.engine.question(new PlannedCall(EXPORT_CALL, args));
  }

  /** A new encoder. Any number of them may run at the same time, with their chunks in any order. */
  encoding(encoder: number): Encoding {
    const state = Buffer.alloc(ENCODER_STATE_SIZE);
    return {
      push: (chunk, take) => this.#encodeChunk(encoder, state, chunk, false, take),
      end: () => this.#encodeChunk(encoder, state, NOTHING, true).bytes,
    };
  }

  /**
   * The guest gets and returns the state together with the bytes:
   *
   *     ptr ── state ──┼── chunk ──┤        record ── u32 length ──┼── state ──┼── encoded ──┤
   *
   * The length is `-1 - length` if the encoder met a byte that it cannot encode.
   */
  #encodeChunk(
    encoder: number,
    state: Buffer,
    chunk: Uint8Array,
    isLast: boolean,
    take: (size: number) => Buffer = Buffer.allocUnsafe,
  ): { bytes: Buffer; failed: boolean } {
    return this.engine.compute((instance) => {
      const ptr = instance.put(state, chunk);
      const record = instance.function(EXPORT_ENCODE)(encoder, ptr, chunk.length, isLast ? 1 : 0) as number;
      const written = instance.memory.readU32(record) | 0;
      const failed = written < 0;
      const length = failed ? ~written : written;
      state.set(instance.memory.at(record + RECORD_HEADER_SIZE, ENCODER_STATE_SIZE));
      return {
        bytes: instance.memory.copy(record + RECORD_HEADER_SIZE + ENCODER_STATE_SIZE, length, take),
        failed,
      };
    });
  }
}

/** AssemblyScript's `abort(message, file, line, column)`: a failed assertion, or an index out of range. */
function abort(
  { instance }: Pick<Link<undefined>, "instance">,
  message = 0,
  file = 0,
  line = 0,
  column = 0,
): never {
  const [text, path] = [message, file].map((ptr) => readString(instance()?.memory, ptr));
  throw new Error(`abort: ${text} at ${path}:${line >>> 0}:${column >>> 0}`);
}
