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

/** Bytes of most requests. */
const FIRST_SIZE = 1024;
const NOTHING = new Uint8Array(0);

/** It is in the image of the engine: a run that waits is smaller if little was made meanwhile. */
const shared = new MessagePackWriter(FIRST_SIZE);
let isBusy = false;
/** Number of values of the current request so far. */
let values = 0;

/**
 * The arguments of a call as MessagePack. `undefined` at the end is left out. A value of a type that none of them may
 * have is only marked: the host knows the place, and refuses it.
 *
 * @throws HttpBackgroundError BAD_ARGUMENT for too many values, as in an object that contains itself; and any error
 * that a getter throws
 */
export function writeRequest(args: readonly unknown[]): ArrayBuffer {
  // A getter in the arguments may make another call meanwhile.
  const interrupted = { isBusy, values };
  const writer = isBusy ? new MessagePackWriter(FIRST_SIZE) : shared;
  isBusy = true;
  values = 1;
  try {
    return writeArguments(writer, args);
  } finally {
    ({ isBusy, values } = interrupted);
    writer.clear();
  }
}

function writeArguments(writer: MessagePackWriter, args: readonly unknown[]): ArrayBuffer {
  let length = args.length;
  while (length > 0 && args[length - 1] === undefined) length--;
  writer.writeArrayHead(length);
  for (let i = 0; i < length; i++) writeValue(writer, args[i], 1);
  return writer.finish();
}

function writeValue(writer: MessagePackWriter, value: unknown, depth: number): void {
  count(1);
  if (typeof value === "string") writer.writeText(value);
  else if (typeof value === "number") writer.writeNumber(value);
  else if (typeof value === "boolean") writer.writeBoolean(value);
  else if (value === null) writer.writeNil();
  else if (value === undefined) writer.writeExtension(EXT_ABSENT, NOTHING);
  else if (typeof value === "object") writeObject(writer, value, depth);
  else writer.writeExtension(EXT_OTHER, NOTHING);
}

function writeObject(writer: MessagePackWriter, value: object, depth: number): void {
  const bytes = value instanceof Content ? value.bytes : viewOf(value);
  if (bytes !== undefined) writer.writeBytes(bytes);
  else if (value instanceof Blob) writeFile(writer, sourceOf(value));
  else if (value instanceof Credential) writeCredential(writer, value);
  else if (depth >= MAX_DEPTH) writer.writeExtension(EXT_OTHER, NOTHING);
  else if (Array.isArray(value)) writeArray(writer, value, depth);
  else if (value instanceof Map) writeMap(writer, value, depth);
  else if (isPlain(value)) writeRecord(writer, value as Record<string, unknown>, depth);
  else writer.writeExtension(EXT_OTHER, NOTHING);
}

/** An object of the language whose members are the value. */
function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

function writeArray(writer: MessagePackWriter, array: readonly unknown[], depth: number): void {
  const { length } = array;
  check(length);
  writer.writeArrayHead(length);
  for (let i = 0; i < length; i++) writeValue(writer, array[i], depth + 1);
}

function writeMap(writer: MessagePackWriter, map: ReadonlyMap<unknown, unknown>, depth: number): void {
  const pairs = [...map];
  check(2 * pairs.length);
  writer.writeMapHead(pairs.length);
  for (const [key, value] of pairs) {
    writeValue(writer, key, depth + 1);
    writeValue(writer, value, depth + 1);
  }
}

function writeRecord(writer: MessagePackWriter, record: Record<string, unknown>, depth: number): void {
  const keys = Object.keys(record);
  check(2 * keys.length);
  writer.writeMapHead(keys.length);
  for (const key of keys) {
    count(1);
    writer.writeText(key);
    writeValue(writer, record[key], depth + 1);
  }
}

function writeFile(writer: MessagePackWriter, source: Bytes | HandleValue): void {
  if (source instanceof HandleValue) writer.writeExtension(EXT_FILE, sizedHandle(source));
  else writer.writeExtension(EXT_FILE_BYTES, source);
}

function writeCredential(writer: MessagePackWriter, credential: Credential): void {
  const { kind, source } = credential.parts();
  if (typeof source === "string") writer.writeText(source);
  else writer.writeExtension(kind, sizedHandle({ handle: source, size: 0 }).subarray(0, HANDLE_SIZE));
}

function sizedHandle({ handle, size }: HandleValue): Bytes {
  const bytes = new Uint8Array(SIZED_HANDLE_SIZE);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, handle, true);
  view.setFloat64(HANDLE_SIZE, size, true);
  return bytes;
}

function count(more: number): void {
  values += more;
  check(0);
}

function check(more: number): void {
  if (!(values + more <= MAX_VALUES)) throw new HttpBackgroundError("BAD_ARGUMENT", "Malformed arguments");
}
