// The values alone. Nothing here suspends. The fuzzer compares it with other readers and writers.
import { RECORD_HEADER_SIZE } from "../../assembly/abi.ts";
import { Kind } from "../../assembly/values/head.ts";
import { Reader } from "../../assembly/values/reader.ts";
import { decodeUtf8 } from "../../assembly/values/utf8.ts";
import { Writer } from "../../assembly/values/writer.ts";

/** Frees everything, and reserves this number of bytes. */
export function alloc(size: i32): usize {
  heap.reset();
  return heap.alloc(size);
}

/** Reads a value and writes it again. Returns a record, or 0 if the value is malformed. Strings become bytes. */
export function transcode(ptr: usize, len: i32): usize {
  const reader = new Reader(ptr, ptr + len);
  if (!reader.isWellFormed()) return 0;
  const writer = new Writer();
  copyValue(reader, writer);
  return writer.finish();
}

function copyValue(reader: Reader, writer: Writer): void {
  const kind = reader.kind();
  if (kind === Kind.Array) {
    const count = reader.enter();
    writer.writeArrayHead(count);
    for (let i = 0; i < count; i++) copyValue(reader, writer);
  } else if (kind === Kind.Map) {
    const count = reader.enter();
    writer.writeMapHead(count);
    for (let i = 0; i < 2 * count; i++) copyValue(reader, writer);
  } else {
    copyScalar(kind, reader, writer);
  }
}

function copyScalar(kind: Kind, reader: Reader, writer: Writer): void {
  if (kind === Kind.Bool) {
    writer.writeBool(reader.readBool());
  } else if (kind === Kind.Number) {
    writer.writeNumber(reader.readNumber());
  } else if (kind === Kind.String) {
    reader.readString();
    writer.writeBytes(reader.ptr, reader.len);
  } else if (kind === Kind.FileBytes) {
    reader.readString();
    writer.writeFileBytes(reader.ptr, reader.len);
  } else {
    const start = reader.pos;
    reader.skip();
    writer.writeRaw(start, <i32>(reader.pos - start));
  }
}

/** Decodes UTF-8. Returns a record with the units of the text. */
export function decode(ptr: usize, len: i32): usize {
  const text = decodeUtf8(ptr, len);
  const size = text.length << 1;
  const record = heap.alloc(RECORD_HEADER_SIZE + size);
  store<u32>(record, size);
  memory.copy(record + RECORD_HEADER_SIZE, changetype<usize>(text), size);
  return record;
}

/** Writes a string, given by its units. Returns the record. */
export function encode(ptr: usize, len: i32): usize {
  const text = changetype<string>(__new(len, idof<string>()));
  memory.copy(changetype<usize>(text), ptr, len);
  const writer = new Writer();
  writer.writeString(text);
  return writer.finish();
}
