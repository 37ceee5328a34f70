import {
  EXT_ABSENT,
  EXT_FILE,
  EXT_FILE_BYTES,
  EXT_OTHER,
  HANDLE_SIZE,
  MAX_DEPTH,
  MAX_VALUES,
  SIZED_HANDLE_SIZE,
} from "../../../../../assembly/abi.ts";
import { Blob, sourceOf } from "../files/blob.ts";
import { type Bytes, viewOf } from "../seam/bytes.ts";
import { HandleValue } from "../seam/message-pack-reader.ts";
import { MessagePackWriter } from "../seam/message-pack-writer.ts";
import { HttpBackgroundError } from "../values/mistake.ts";
import { Content } from "./content.ts";
import { Credential } from "./credentials.ts";

/** An object of the language whose members are the value. */
function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

/**
 * The arguments of a call as MessagePack. `undefined` at the end is left out. A value of a type that none of them may
 * have is only marked: the host knows the place, and refuses it.
 *
 * @throws HttpBackgroundError BAD_ARGUMENT for too many values, as in an object that contains itself; and any error
 * that a getter throws
 */
export function writeRequest(args: readonly unknown[]): ArrayBuffer {
  let length = args.length;
  while (length > 0 && args[length - 1] === undefined) length--;
  return new RequestWriter().write(args.slice(0, length));
}

class RequestWriter {
  readonly #writer = new MessagePackWriter();
  #values = 1;

  write(args: readonly unknown[]): ArrayBuffer {
    this.#writeArray(args, 0);
    return this.#writer.finish();
  }

  #writeValue(value: unknown, depth: number): void {
    this.#count(1);
    const writer = this.#writer;
    if (typeof value === "string") writer.writeText(value);
    else if (typeof value === "number") writer.writeNumber(value);
    else if (typeof value === "boolean") writer.writeBoolean(value);
    else if (value === null) writer.writeNil();
    else if (value === undefined) this.#mark(EXT_ABSENT);
    else if (typeof value === "object") this.#writeObject(value, depth);
    else this.#mark(EXT_OTHER);
  }

  #writeObject(value: object, depth: number): void {
    const bytes = value instanceof Content ? value.bytes : viewOf(value);
    if (bytes !== undefined) this.#writer.writeBytes(bytes);
    else if (value instanceof Blob) this.#writeFile(sourceOf(value));
    else if (value instanceof Credential) this.#writeCredential(value);
    else if (depth >= MAX_DEPTH) this.#mark(EXT_OTHER);
    else if (Array.isArray(value)) this.#writeArray(value, depth);
    else if (value instanceof Map) this.#writePairs([...value], depth);
    else if (isPlain(value)) this.#writePairs(Object.entries(value), depth);
    else this.#mark(EXT_OTHER);
  }

  #writeArray(array: readonly unknown[], depth: number): void {
    const { length } = array;
    this.#check(length);
    this.#writer.writeArrayHead(length);
    for (let i = 0; i < length; i++) this.#writeValue(array[i], depth + 1);
  }

  #writePairs(pairs: readonly (readonly [unknown, unknown])[], depth: number): void {
    this.#check(2 * pairs.length);
    this.#writer.writeMapHead(pairs.length);
    for (const [key, value] of pairs) {
      this.#writeValue(key, depth + 1);
      this.#writeValue(value, depth + 1);
    }
  }

  #writeFile(source: Bytes | HandleValue): void {
    if (source instanceof HandleValue) this.#writer.writeExtension(EXT_FILE, sizedHandle(source));
    else this.#writer.writeExtension(EXT_FILE_BYTES, source);
  }

  #writeCredential(credential: Credential): void {
    const { kind, source } = credential.parts();
    if (typeof source === "string") this.#writer.writeText(source);
    else this.#writer.writeExtension(kind, sizedHandle({ handle: source, size: 0 }).subarray(0, HANDLE_SIZE));
  }

  #mark(type: number): void {
    this.#writer.writeExtension(type, new Uint8Array(0));
  }

  #count(values: number): void {
    this.#values += values;
    this.#check(0);
  }

  #check(more: number): void {
    if (!(this.#values + more <= MAX_VALUES))
      throw new HttpBackgroundError("BAD_ARGUMENT", "Malformed arguments");
  }
}

function sizedHandle({ handle, size }: HandleValue): Bytes {
  const bytes = new Uint8Array(SIZED_HANDLE_SIZE);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, handle, true);
  view.setFloat64(HANDLE_SIZE, size, true);
  return bytes;
}
