import { Writer } from "../values/writer.ts";
import { File } from "./file.ts";
import { Form } from "./form.ts";

/** Writes the argument `post`. If the value is of a wrong type, the plugin refuses it, with the original's message. */
export function writePost(writer: Writer, post: Object): void {
  if (post instanceof Form) writeForm(writer, post as Form);
  else writeData(writer, post);
}

/** Writes a map of parts. The key is the name, or nil; the value has the fields that are set. */
function writeForm(writer: Writer, form: Form): void {
  writer.writeMapHead(form.names.length);
  for (let i = 0; i < form.names.length; i++) {
    const name = form.names[i];
    if (name === null) writer.writeNil();
    else writer.writeString(name);
    const field = form.fields[i];
    const opened = writer.openMap();
    writer.writeName("data");
    writeData(writer, field.data);
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

function writeData(writer: Writer, data: Object): void {
  if (data instanceof String) {
    writer.writeString(data as string);
  } else if (data instanceof Uint8Array) {
    const bytes = data as Uint8Array;
    writer.writeBytes(bytes.dataStart, bytes.byteLength);
  } else if (data instanceof StaticArray<u8>) {
    const bytes = data as StaticArray<u8>;
    writer.writeBytes(changetype<usize>(bytes), bytes.length);
  } else if (data instanceof Array<u8>) {
    const bytes = data as Array<u8>;
    writer.writeBytes(bytes.dataStart, bytes.length);
  } else if (data instanceof ArrayBuffer) {
    const bytes = data as ArrayBuffer;
    writer.writeBytes(changetype<usize>(bytes), bytes.byteLength);
  } else if (data instanceof File) {
    (data as File).write(writer);
  } else {
    writer.writeOther();
  }
}
