import { KeyObject, X509Certificate } from "node:crypto";
import {
  EXT_ABSENT,
  EXT_FILE,
  EXT_OTHER,
  EXT_PRIVATE_KEY,
  EXT_STRING,
  EXT_X509,
  FILE_UNUSABLE,
  HANDLE_SIZE,
  MAX_DEPTH,
  MAX_PARTS,
  MAX_VALUES,
  SIZED_HANDLE_SIZE,
} from "../../../assembly/abi.ts";
import { HttpBackgroundError } from "../../api/errors.ts";
import { fileSize, isFile } from "../../api/file.ts";
import { OPTION_NAMES } from "../../api/option-names.ts";
import { isPlain } from "../../api/plain.ts";
import type { Handles } from "./handles.ts";
import { Copies, longestData } from "./long-data.ts";
import { MessagePackWriter } from "./message-pack-writer.ts";
import { MOST_ARGUMENT_BYTES } from "./script-request.ts";

/**
 * The place of a value in the arguments. Only in some places a value may be data, which need not enter the guest. In
 * others, an object is a mistake whatever is in it, or only some members of it count.
 */
const PLAIN = 0;
const POST = 1;
const PART = 2;
const DATA = 3;
const TEXT = 4;
const OPTIONS = 5;
type Place = typeof PLAIN | typeof POST | typeof PART | typeof DATA | typeof TEXT | typeof OPTIONS;

/** The places of the arguments. */
const ARGUMENTS: readonly Place[] = [TEXT, TEXT, OPTIONS, POST];
/** Index of the argument `post`. */
const POST_ARGUMENT = 3;
/**
 * Maximum number of bytes of arguments, without long data, as for a script: they go through the guest in one go. No
 * sensible call needs more.
 */
const MOST_BYTES = MOST_ARGUMENT_BYTES;

/** A method of all typed arrays. It throws if an array has lost its bytes. */
const keysOf: (this: unknown) => unknown = Object.getPrototypeOf(Uint8Array.prototype).keys;

const isEnumerable = Object.prototype.propertyIsEnumerable;
const mapSize = Object.getOwnPropertyDescriptor(Map.prototype, "size")?.get as (this: unknown) => number;

const tooMuch = (): HttpBackgroundError => new HttpBackgroundError("BAD_ARGUMENT", "Malformed arguments");
const shared = new MessagePackWriter(MOST_BYTES, tooMuch);
/** The writer of the current call. */
let writer = shared;
let isBusy = false;
/** Number of values of the current call so far. */
let values = 0;
/** Copies of the long data of the current call; null if there are none. */
let copies: Copies | null = null;
/** Whether the current value is the argument `post`, or inside of it. */
let isInPost = false;

/**
 * Writes the arguments of one call. Each `undefined` at the end is left out. Files, certificates, keys and long data
 * become handles. A value of any other type is only marked: the guest knows the place and decides how to refuse it.
 *
 * @returns A view that the next call of this function overwrites.
 * @throws HttpBackgroundError BAD_ARGUMENT for too many values, for example if an object contains itself, and for a
 * size that no array or Map has; and any error
 * that a getter throws
 */
export function marshal(args: readonly unknown[], handles: Handles): Uint8Array {
  // A getter of the caller may make another call, while this one is being marshalled.
  const interrupted = { writer, isBusy, values, copies, isInPost };
  if (isBusy) writer = new MessagePackWriter(MOST_BYTES, tooMuch);
  isBusy = true;
  values = 1;
  copies = null;
  try {
    return writeArguments(args, handles);
  } finally {
    ({ writer, isBusy, values, copies, isInPost } = interrupted);
  }
}

function writeArguments(args: readonly unknown[], handles: Handles): Uint8Array {
  let length = args.length;
  while (length > 0 && args[length - 1] === undefined) length--;
  writer.clear();
  writer.writeArrayHead(length);
  for (let i = 0; i < length; i++) {
    isInPost = i === POST_ARGUMENT;
    writeValue(args[i], ARGUMENTS[i] ?? PLAIN, 1, handles);
  }
  return writer.written;
}

function writeValue(value: unknown, place: Place, depth: number, handles: Handles): void {
  count();
  if (typeof value === "string") writeString(value, place, handles);
  else if (typeof value === "number") writer.writeNumber(value);
  else if (typeof value === "boolean") writer.writeBoolean(value);
  else if (value === null) writer.writeNil();
  else if (value === undefined) writer.writeExtension(EXT_ABSENT, 0);
  else if (typeof value === "object") writeObject(value, place, depth, handles);
  else writer.writeExtension(EXT_OTHER, 0);
}

function writeString(value: string, place: Place, handles: Handles): void {
  // The length in UTF-8 is at least the number of UTF-16 units.
  if (isData(place) && value.length > longestData(writer.length)) writeReference(value, handles);
  else writer.writeString(value);
}

function writeObject(value: object, place: Place, depth: number, handles: Handles): void {
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) writeBytes(value, place, handles);
  else if (depth >= MAX_DEPTH || place === TEXT) writer.writeExtension(EXT_OTHER, 0);
  else if (Array.isArray(value)) writeArray(value, place, depth, handles);
  else if (value instanceof Map) writeEntries(value, place, depth, handles);
  else if (isPlain(value)) writeRecord(value as Record<string, unknown>, place, depth, handles);
  else writeResource(value, handles);
}

function writeBytes(value: ArrayBufferView | ArrayBuffer, place: Place, handles: Handles): void {
  const bytes = viewOf(value);
  if (bytes === undefined) writer.writeExtension(EXT_OTHER, 0);
  else if (isData(place) && bytes.length > longestData(writer.length))
    writeReference(handles.isCut ? bytes : copyOf(value, bytes), handles);
  else writer.writeBytes(bytes);
}

/** A view of the bytes; undefined if they are gone: they went to another thread, or the memory has shrunk. */
function viewOf(value: ArrayBufferView | ArrayBuffer): Uint8Array | undefined {
  try {
    if (!ArrayBuffer.isView(value)) return new Uint8Array(value);
    const { buffer, byteOffset, byteLength } = value;
    // If the memory of a view has shrunk, the view looks empty. Only its own methods throw then.
    if (byteLength === 0 && !(value instanceof DataView)) keysOf.call(value);
    return new Uint8Array(buffer, byteOffset, byteLength);
  } catch {
    return undefined;
  }
}

/** Writes a handle of long data. If the post is refused because of its size, nobody reads them. */
function writeReference(data: Uint8Array | string, handles: Handles): void {
  if (handles.isCut) {
    writer.writeString("");
    return;
  }
  const size = typeof data === "string" ? Buffer.byteLength(data) : data.length;
  writer.writeExtension(EXT_STRING, SIZED_HANDLE_SIZE);
  writer.writeHandle(handles.add(EXT_STRING, data, size), size);
}

/** Nobody can change a text, but bytes. */
function copyOf(value: unknown, bytes: Uint8Array): Uint8Array {
  copies ??= new Copies();
  return copies.of(value, bytes);
}

function writeArray(array: readonly unknown[], place: Place, depth: number, handles: Handles): void {
  checkSize(array.length);
  const length = cut(array.length, place, handles);
  writer.writeArrayHead(length);
  // It uses indexes, because an array of the caller may have its own iterator.
  for (let i = 0; i < length; i++) writeValue(array[i], inside(place, undefined), depth + 1, handles);
}

function writeRecord(record: Record<string, unknown>, place: Place, depth: number, handles: Handles): void {
  const keys = place === OPTIONS ? knownKeys(record) : Object.keys(record);
  if (place === POST && keys.length > MAX_PARTS) handles.tooLarge = { record, keys };
  checkSize(keys.length);
  const length = cut(keys.length, place, handles);
  writer.writeMapHead(length);
  for (let i = 0; i < length; i++) {
    const key = keys[i] as string;
    count();
    writer.writeString(key);
    writeValue(record[key], inside(place, key), depth + 1, handles);
  }
}

/** The options in an object. All its names are not asked for: there may be a million of them. */
function knownKeys(record: object): string[] {
  return OPTION_NAMES.filter((name) => Object.hasOwn(record, name) && isEnumerable.call(record, name));
}

/** Writes what is in a Map, whatever its own methods say. */
function writeEntries(map: Map<unknown, unknown>, place: Place, depth: number, handles: Handles): void {
  const size = sizeOf(map);
  checkSize(size);
  let left = cut(size, place, handles);
  writer.writeMapHead(left);
  for (const [key, value] of Map.prototype.entries.call(map)) {
    if (--left < 0) break;
    writeValue(key, PLAIN, depth + 1, handles);
    writeValue(value, inside(place, key), depth + 1, handles);
  }
  // A getter in the values may have taken entries out.
  if (left > 0) throw tooMuch();
}

/** The number of entries; -1 for what only pretends to be a Map, such as a JavaScript Proxy. */
function sizeOf(map: Map<unknown, unknown>): number {
  try {
    return mapSize.call(map);
  } catch {
    return -1;
  }
}

function writeResource(value: object, handles: Handles): void {
  if (isFile(value)) {
    const size = usableSize(value);
    writer.writeExtension(EXT_FILE, SIZED_HANDLE_SIZE);
    const handle = isInPost ? handles.addPosted(value, size) : handles.add(EXT_FILE, value, size);
    writer.writeHandle(handle, size);
  } else if (value instanceof X509Certificate) {
    writer.writeExtension(EXT_X509, HANDLE_SIZE);
    writer.writeHandle(handles.add(EXT_X509, value));
  } else if (value instanceof KeyObject && value.type === "private") {
    writer.writeExtension(EXT_PRIVATE_KEY, HANDLE_SIZE);
    writer.writeHandle(handles.add(EXT_PRIVATE_KEY, value));
  } else {
    writer.writeExtension(EXT_OTHER, 0);
  }
}

function usableSize(value: Parameters<typeof fileSize>[0]): number {
  try {
    const size = fileSize(value);
    return size === -1 || (Number.isSafeInteger(size) && size >= 0) ? size : FILE_UNUSABLE;
  } catch {
    return FILE_UNUSABLE;
  }
}

function count(): void {
  if (++values > MAX_VALUES) throw tooMuch();
}

/** An object of the caller may say any size. */
function checkSize(size: number): void {
  if (!(Number.isInteger(size) && size >= 0 && size <= MAX_VALUES)) throw tooMuch();
}

/** Of too many parts, the guest gets as many as it needs to refuse them. */
function cut(size: number, place: Place, handles: Handles): number {
  if (place !== POST || size <= MAX_PARTS) return size;
  handles.isCut = true;
  return MAX_PARTS + 1;
}

function isData(place: Place): boolean {
  return place === POST || place === DATA;
}

/** The place of the value with this `key` in a value at `place`. */
function inside(place: Place, key: unknown): Place {
  if (place === POST) return PART;
  return place === PART && key === "data" ? DATA : PLAIN;
}
