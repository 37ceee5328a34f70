import { MOST_RESULT_VALUES, VALUES_OF_BYTES } from "./result-reader.ts";

/**
 * Writes a result down as MessagePack, which `ResultReader` reads. It is a part of the kernel and has its built-ins. A
 * run has one result, so what is here begins once: plain functions and variables are what the engine is fastest with.
 */
export const RESULT_WRITER = `
const DEEPEST = 64;
let written = 0, room = 256;
let buffer = new Buffer(room), bytes = new Bytes(buffer), view = new View(buffer);
let values = 0, depth = 0;
/** The objects that it is in, and the places in them: filled, so that no setter of a script is found. */
const inside = new List(DEEPEST).fill(null), places = new List(DEEPEST).fill(null);

/** @returns an ArrayBuffer */
function resultOf(value) {
  write(value);
  return transfer(buffer, written);
}

function write(value) {
  if (++values > ${MOST_RESULT_VALUES}) throw tooMany();
  switch (typeof value) {
    case "undefined": return writeUndefined();
    case "boolean": return writeByte(value ? 0xc3 : 0xc2);
    case "number": return writeNumber(value);
    case "bigint": return writeBigint(value);
    case "string": return writeText(value);
    case "object": return value === null ? writeByte(0xc0) : writeObject(value);
    default: throw refusal("is a " + typeof value);
  }
}

function tooMany() { return refusal("is one value more than ${MOST_RESULT_VALUES}"); }

function refusal(complaint) {
  let path = "the result";
  for (let i = 0; i < depth; i++) {
    const place = places[i];
    if (place !== null) path += typeof place === "number" ? "[" + place + "]" : "." + place;
  }
  return new NoResult(path + " " + complaint);
}

function writeUndefined() {
  writeByte(0xc7);
  writeByte(0);
  writeByte(0);
}

function writeNumber(value) {
  if (value === (value & 127) && (value !== 0 || 1 / value > 0)) return writeByte(value);
  const at = take(9);
  bytes[at] = 0xcb;
  setFloat64(view, at + 1, value);
}

function writeBigint(value) {
  if (value < -(2n ** 63n) || value >= 2n ** 64n) throw refusal("is a bigint of more than 64 bits");
  const at = take(9);
  bytes[at] = value < 0n ? 0xd3 : 0xcf;
  if (value < 0n) setBigInt64(view, at + 1, value);
  else setBigUint64(view, at + 1, value);
}

function writeText(value) { writeBlock(0xdb, new Bytes(encodeText(apply(toWellFormed, value, [])))); }

function writeObject(value) {
  if (isView(value)) return writeBytes(new Bytes(value.buffer, value.byteOffset, value.byteLength));
  if (value instanceof Buffer) return writeBytes(new Bytes(value));
  for (let i = 0; i < depth; i++) if (inside[i] === value) throw refusal("contains itself");
  if (depth >= DEEPEST) throw refusal("is nested too deeply");
  inside[depth] = value;
  if (isArray(value)) writeArray(value);
  else if (typeof value.toJSON === "function") writeJson(value);
  else writeMap(value);
}

function writeBytes(value) {
  values += ${VALUES_OF_BYTES} - 1;
  if (values > ${MOST_RESULT_VALUES}) throw tooMany();
  writeBlock(0xc6, value);
}

function writeArray(value) {
  let { length } = value;
  length = length > 0 ? length >>> 0 : 0;
  writeLength(0xdd, length);
  const within = depth++;
  for (let i = 0; i < length; i++) {
    places[within] = i;
    write(value[i]);
  }
  depth = within;
}

function writeJson(value) {
  places[depth++] = null;
  write(value.toJSON());
  depth--;
}

function writeMap(value) {
  const prototype = getPrototypeOf(value);
  if (prototype !== null && getPrototypeOf(prototype) !== null)
    throw refusal("is an object of the class " + nameOf(value));
  const names = keys(value);
  writeLength(0xdf, names.length);
  values += names.length;
  const within = depth++;
  for (let i = 0; i < names.length; i++) {
    const name = names[i];
    places[within] = name;
    writeText(name);
    write(value[name]);
  }
  depth = within;
}

function writeBlock(head, block) {
  const length = lengthOf(block);
  writeLength(head, length);
  const at = take(length);
  put(bytes, block, at);
}

function writeLength(head, length) {
  const at = take(5);
  bytes[at] = head;
  setUint32(view, at + 1, length);
}

function writeByte(byte) {
  const at = take(1);
  bytes[at] = byte;
}

function take(size) {
  const at = written;
  written += size;
  if (written > room) {
    room = written * 2;
    buffer = transfer(buffer, room);
    bytes = new Bytes(buffer);
    view = new View(buffer);
  }
  return at;
}
`;
