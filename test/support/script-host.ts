import { decode, ExtData, type ExtensionCodec, encode } from "@msgpack/msgpack";
import { EXT_FILE, EXT_FILE_AT, EXT_FILE_BYTES, EXT_STRING_AT } from "../../assembly/abi.ts";
import { type Imports, ScriptInstance } from "./script-instance.ts";

// States of Asyncify.
const UNWINDING = 1;
const REWINDING = 2;
const AREA_SIZE = 4096;

/** The answer to a call of a script. */
export type Answer =
  | { status: number; content: string | Uint8Array }
  | { error: string; code: string }
  | { throws: string; code: string; option: string };

export interface RunOptions {
  args?: (string | Uint8Array)[];
  /** Handles by `kind:name`. */
  granted?: Record<string, number>;
  /** Bytes of granted Files by handle. */
  files?: Record<number, Uint8Array>;
  /** Called with the arguments, as the script gave them. */
  answer?(args: unknown): Answer | Promise<Answer>;
}

/** A script that called abort. */
export class Aborted extends Error {
  readonly file: string;
  readonly line: number;
  readonly column: number;

  constructor(message: string, file: string, line: number, column: number) {
    super(message);
    this.file = file;
    this.line = line;
    this.column = column;
  }
}

/** One run of a script, in a minimal host. While the script waits, it is only bytes. */
export class ScriptRun {
  output = "";
  /** The decoded calls of the script. */
  readonly asked: unknown[] = [];
  /** Content that the host keeps for the script, by handle. */
  readonly contents = new Map<number, Uint8Array>();
  /** Number of bytes that `read` has copied. */
  bytesRead = 0;
  readonly #module: WebAssembly.Module;
  readonly #options: RunOptions;
  readonly #imports: Imports;
  #instance: ScriptInstance;
  /** The address at which Asyncify keeps the frames. */
  #area = 0;
  #rewindTo = 0;
  #nextHandle = 1000;

  constructor(module: WebAssembly.Module, options: RunOptions = {}) {
    this.#module = module;
    this.#options = options;
    this.#imports = this.#makeImports();
    this.#instance = ScriptInstance.take(module, this.#imports);
  }

  /** Calls an export and runs it to its end. @returns The output. */
  async call(name: string): Promise<string> {
    this.#area = this.#instance.alloc(AREA_SIZE);
    this.#instance.bytes.writeUInt32LE(this.#area + 8, this.#area);
    this.#instance.bytes.writeUInt32LE(this.#area + AREA_SIZE, this.#area + 4);
    this.#instance.call(name);
    while (this.#state === UNWINDING) {
      this.#instance.call("asyncify_stop_unwind");
      const parked = this.#instance.park();
      this.#instance.release();
      const answer = (await this.#options.answer?.(this.asked.at(-1))) ?? { status: 200, content: "ok" };
      this.#instance = ScriptInstance.take(this.#module, this.#imports);
      this.#instance.unpark(parked);
      this.#rewindTo = this.#instance.putRecord(encode(this.#hold(answer)));
      this.#instance.call("asyncify_start_rewind", this.#area);
      this.#instance.call(name);
    }
    this.#instance.release();
    return this.output;
  }

  get #state(): number {
    return this.#instance.call("asyncify_get_state");
  }

  #makeImports(): Imports {
    return {
      abort: (message = 0, file = 0, line = 0, column = 0) => {
        throw new Aborted(this.#string(message), this.#string(file), line, column);
      },
      call: (ptr = 0, len = 0) => this.#suspend(ptr, len),
      echo: (ptr = 0, len = 0) => {
        this.output += this.#text(ptr, len);
      },
      arguments: () => this.#instance.putRecord(encode(this.#options.args ?? [])),
      resource: (kind = 0, ptr = 0, len = 0) =>
        this.#options.granted?.[`${kind}:${this.#text(ptr, len)}`] ?? -1,
      size: (handle = 0) => this.#held(handle)?.length ?? -1,
      read: (handle = 0, offset = 0, ptr = 0, len = 0) => this.#read(handle, offset, ptr, len),
      release: (handle = 0) => this.contents.delete(handle),
    };
  }

  #suspend(ptr: number, len: number): number {
    if (this.#state === REWINDING) {
      this.#instance.call("asyncify_stop_rewind");
      return this.#rewindTo;
    }
    const args = Uint8Array.from(this.#instance.bytes.subarray(ptr, ptr + len));
    this.asked.push(decode(args, { extensionCodec: typesIn(this.#instance.bytes) }));
    this.#instance.call("asyncify_start_unwind", this.#area);
    return 0;
  }

  /** Reads in pieces, because a host may do so. */
  #read(handle: number, offset: number, ptr: number, len: number): number {
    const part = this.#held(handle)?.subarray(offset, offset + Math.min(len, 4096)) ?? new Uint8Array();
    this.#instance.bytes.set(part, ptr);
    this.bytesRead += part.length;
    return part.length;
  }

  #held(handle: number): Uint8Array | undefined {
    return this.contents.get(handle) ?? this.#options.files?.[handle];
  }

  #hold(answer: Answer): object {
    if (!("content" in answer)) return answer;
    const content = Buffer.from(answer.content as string);
    const handle = this.#nextHandle++;
    this.contents.set(handle, content);
    const payload = Buffer.alloc(12);
    payload.writeUInt32LE(handle);
    payload.writeDoubleLE(content.length, 4);
    return { status: answer.status, content: new ExtData(EXT_FILE, payload) };
  }

  #text(ptr: number, len: number): string {
    return this.#instance.bytes.toString("utf8", ptr, ptr + len);
  }

  /** Reads a string of AssemblyScript. Its size in bytes is before it. */
  #string(ptr: number): string {
    const { bytes } = this.#instance;
    return ptr === 0 ? "" : bytes.toString("utf16le", ptr, ptr + bytes.readUInt32LE(ptr - 4));
  }
}

/** Keeps all extensions as they are, but for data that lie in the script's memory. */
function typesIn(memory: Buffer): ExtensionCodec {
  const dataAt = (place: Uint8Array): Uint8Array => {
    const [ptr = 0, len = 0] = new Uint32Array(Uint8Array.from(place).buffer);
    return Uint8Array.from(memory.subarray(ptr, ptr + len));
  };
  return {
    tryToEncode: () => null,
    decode: (data: Uint8Array, type: number) => {
      if (type === EXT_STRING_AT) return dataAt(data);
      if (type === EXT_FILE_AT) return new ExtData(EXT_FILE_BYTES, dataAt(data));
      return new ExtData(type, data);
    },
  } as unknown as ExtensionCodec;
}
