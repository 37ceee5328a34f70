import { ENCODER_NONE, FILE_UNUSABLE } from "../abi.ts";
import { encoderName, encoderNumber, findEncoder } from "../encoding/encoder.ts";
import { Failure } from "../failure.ts";
import { Kind } from "../values/head.ts";
import { Reader } from "../values/reader.ts";
import { concat, Text } from "../values/text.ts";

/** Bytes of a name that are shown. */
const LONGEST_SHOWN: i32 = 80;

/** One part of a multipart post, as the caller gave it. Fields of the wrong type are ignored. */
export class Part {
  /** Its number among the parts, from 0. */
  place: i32 = 0;
  name: Text | null = null;
  type: Text | null = null;
  filename: Text | null = null;
  /** The row of the encoder in the table of names; negative if there is none. */
  private encoderRow: i32 = -1;
  /** The place of the data; 0 if there is none. */
  data: usize = 0;

  /** Reads the value at the reader's position, and moves after it. */
  read(reader: Reader): Failure | null {
    if (reader.kind() !== Kind.Map) return this.mistake("");
    for (let left = reader.enter(); left > 0; left--) this.readField(reader);
    const end = reader.pos;
    const failure = this.checkData(reader);
    reader.pos = end;
    return failure;
  }

  /** The ENCODER_ number. Several names may have the same number. */
  get encoder(): i32 {
    return this.encoderRow < 0 ? ENCODER_NONE : encoderNumber(this.encoderRow);
  }

  /** The value of the header Content-Transfer-Encoding; "" if there is no such header. */
  get transferEncoding(): string {
    return this.encoderRow < 0 ? "" : encoderName(this.encoderRow);
  }

  /** Number of bytes of the texts in the headers of the part. */
  get textLength(): i32 {
    return lengthOf(this.name) + lengthOf(this.type) + lengthOf(this.filename);
  }

  /**
   * Whether a value would end a header line too early: it has a line break, or a NUL, which ends a text for some peers.
   */
  get isUnsafe(): bool {
    const type = this.type;
    if (type !== null && type.hasLineBreak()) return true;
    const name = this.name;
    if (name !== null && name.hasNul()) return true;
    const filename = this.filename;
    return filename !== null && filename.hasNul();
  }

  private readField(reader: Reader): void {
    const isString = reader.kind() === Kind.String;
    if (isString) reader.readString();
    else reader.skip();
    if (isString) this.take(new Text(reader.ptr, reader.len), reader);
    reader.skip();
  }

  /** Takes the field `key`. Its value is at the reader's position. */
  private take(key: Text, reader: Reader): void {
    const place = reader.pos;
    if (key.is("data")) this.data = place;
    if (reader.kind() !== Kind.String) return;
    reader.readString();
    const value = new Text(reader.ptr, reader.len);
    reader.pos = place;
    if (key.is("type")) this.type = value;
    else if (key.is("filename")) this.filename = value;
    else if (key.is("encoder")) this.encoderRow = findEncoder(value.ptr, value.len);
  }

  /** The part itself is of a wrong type, or a field of it is. */
  private mistake(field: string): Failure {
    const name = this.name;
    const label = name !== null ? name.show(LONGEST_SHOWN) : this.place.toString();
    return Failure.argument("Bad data type", concat("post.", label, field));
  }

  private checkData(reader: Reader): Failure | null {
    if (this.data === 0) return this.mistake(".data");
    reader.pos = this.data;
    const kind = reader.kind();
    if (kind === Kind.String || kind === Kind.StringReference || kind === Kind.FileBytes) return null;
    if (kind !== Kind.File) return this.mistake(".data");
    reader.readHandle();
    return reader.size === FILE_UNUSABLE ? this.mistake(".data") : null;
  }
}

function lengthOf(text: Text | null): i32 {
  return text === null ? 0 : text.len;
}
