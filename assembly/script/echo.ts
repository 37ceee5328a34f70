import { echo as output } from "../http_background.ts";
import { Writer } from "../values/writer.ts";

const LINE_END: u8 = 0x0a;

/** Adds a line to the output of the run. Bytes are added as they are, other values as in a template. */
export function echo<T>(value: T): void {
  const writer = new Writer();
  if (isManaged<T>()) {
    if (value instanceof Uint8Array) writer.writeRaw(value.dataStart, value.byteLength);
    else writer.writeText(`${value}`);
  } else {
    writer.writeText(`${value}`);
  }
  writer.writeByte(LINE_END);
  output(writer.ptr, writer.len);
  writer.free();
}
