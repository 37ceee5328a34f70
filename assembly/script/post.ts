import { EXT_STRING_AT, LONG_DATA } from "../abi.ts";
import { Writer } from "../values/writer.ts";
import { File } from "./file.ts";
import { Form } from "./form.ts";

/**
 * Writes the argument `post`. Long data stay where they are: the host copies them when the script is suspended. What `kept`
 * has afterwards must not be collected before. If the value is of a wrong type, the plugin refuses it,
 * with the original's message.
 */
export function writePost(writer: Writer, post: Object, kept: ArrayBuffer[]): void {
  if (post instanceof Form) writeForm(writer, post as Form, kept);
  else writeData(writer, post, kept);
}

/** Writes a map of parts. The key is the name, or nil; the value has the fields that are set. */
function writeForm(writer: Writer, form: Form, kept: ArrayBuffer[]): void {
  writer.writeMapHead(form.names.length);
  for (let i = 0; i < form.names.length; i++) {
    const name = form.names[i];
    if (name === null) writer.writeNil();
    else writer.writeString(name);
    const field = form.fields[i];
    const opened = writer.openMap();
    writer.writeName("data");
    writeData(writer, field.data, kept);
    let count = 1;
    count += writeSetting(writer, "type", field.type);
    count += writeSetting(writer, "filename", field.filename);
    count += writeSetting(writer, "encoder", field.encoder);
    writer.closeMap(opened, count);
  }
}

function writeSetting(writer: Writer, name: string, value: string | null): i32 {
  if (value === null) return 0;
  writer.writeName(name);
  writer.writeString(value);
  return 1;
}

function writeData(writer: Writer, data: Object, kept: ArrayBuffer[]): void {
  if (data instanceof String) {
    writeText(writer, data as string, kept);
  } else if (data instanceof Uint8Array) {
    const bytes = data as Uint8Array;
    writeBytes(writer, bytes.dataStart, bytes.byteLength);
  } else if (data instanceof StaticArray<u8>) {
    const bytes = data as StaticArray<u8>;
    writeBytes(writer, changetype<usize>(bytes), bytes.length);
  } else if (data instanceof Array<u8>) {
    const bytes = data as Array<u8>;
    writeBytes(writer, bytes.dataStart, bytes.length);
  } else if (data instanceof ArrayBuffer) {
    const bytes = data as ArrayBuffer;
    writeBytes(writer, changetype<usize>(bytes), bytes.byteLength);
  } else if (data instanceof File) {
    (data as File).write(writer);
  } else {
    writer.writeOther();
  }
}

/** Long text becomes bytes that are kept, so that the writer does not grow by them. */
function writeText(writer: Writer, text: string, kept: ArrayBuffer[]): void {
  if (text.length <= LONG_DATA) {
    writer.writeString(text);
    return;
  }
  const bytes = String.UTF8.encode(text, false, String.UTF8.ErrorMode.REPLACE);
  kept.push(bytes);
  writer.writeRange(EXT_STRING_AT, changetype<usize>(bytes), bytes.byteLength);
}

/** The host copies long data from where they lie. */
function writeBytes(writer: Writer, ptr: usize, len: i32): void {
  if (len > LONG_DATA) writer.writeRange(EXT_STRING_AT, ptr, len);
  else writer.writeBytes(ptr, len);
}
