import { RECORD_HEADER_SIZE } from "../abi.ts";
import { arguments as readArguments } from "../http_background.ts";
import { Reader } from "../values/reader.ts";
import { decodeUtf8 } from "../values/utf8.ts";

/** The arguments of the run. */
export function args(): string[] {
  const record = readArguments();
  const start = record + RECORD_HEADER_SIZE;
  const reader = new Reader(start, start + load<u32>(record));
  const texts: string[] = [];
  for (let left = reader.enter(); left > 0; left--) {
    reader.readString();
    texts.push(decodeUtf8(reader.ptr, reader.len));
  }
  heap.free(record);
  return texts;
}
