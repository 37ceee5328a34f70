import { MAX_PART_TEXT, MAX_PARTS } from "../abi.ts";
import { Failure } from "../failure.ts";
import { Kind } from "../values/head.ts";
import { Reader } from "../values/reader.ts";
import { Text } from "../values/text.ts";
import { addDisposition } from "./disposition.ts";
import { mediaTypeOf } from "./media-types.ts";
import { Part } from "./part.ts";
import { Plan } from "./plan.ts";

/**
 * Plans the parts of the array or map at the reader's position (RFC 7578, RFC 2046 §5.1). Elements of an array are
 * parts without a name, and so are values of a map whose key is not a string.
 */
export class Multipart {
  /** Number of bytes of names, types and file names so far. */
  private text: i32 = 0;

  constructor(
    private readonly plan: Plan,
    private readonly boundary: Text,
    private readonly isFormData: bool,
  ) {}

  /** Plans all parts. Returns the failure of the first wrong part; null if there is none. */
  addAll(reader: Reader): Failure | null {
    const isMap = reader.kind() === Kind.Map;
    // A mistake is more important than a refusal: a later part of the wrong type throws, even if an earlier one is
    // refused.
    const count = reader.enter();
    let refusal: Failure | null = count > MAX_PARTS ? Failure.transfer("OUT_OF_MEMORY") : null;
    for (let place = 0; place < count; place++) {
      const part = new Part();
      part.place = place;
      if (isMap) part.name = readName(reader);
      const mistake = part.read(reader);
      if (mistake !== null) return mistake;
      if (refusal !== null) continue;
      const end = reader.pos;
      refusal = this.add(part, reader);
      reader.pos = end;
    }
    this.addDelimiter("--\r\n");
    return refusal;
  }

  private add(part: Part, reader: Reader): Failure | null {
    this.text += part.textLength;
    if (this.text > MAX_PART_TEXT) return Failure.transfer("OUT_OF_MEMORY");
    if (part.isUnsafe) return Failure.transfer("BAD_FUNCTION_ARGUMENT");
    this.addDelimiter("\r\n");
    addDisposition(this.plan, this.isFormData, part.name, part.filename);
    this.addType(part);
    const encoding = part.transferEncoding;
    if (encoding.length > 0) this.addHeader("Content-Transfer-Encoding: ", encoding);
    this.plan.addName("\r\n");
    const failure = this.addData(part, reader);
    this.plan.addName("\r\n");
    return failure;
  }

  /**
   * Uses the given type, even if it is empty. Without one, the type of the file name. Without both there is no header.
   */
  private addType(part: Part): void {
    const type = part.type;
    const filename = part.filename;
    if (type !== null) {
      this.plan.addName("Content-Type: ");
      this.plan.addBytes(type.ptr, type.len);
      this.plan.addName("\r\n");
    } else if (filename !== null) {
      const known = mediaTypeOf(filename);
      if (known.length > 0) this.addHeader("Content-Type: ", known);
    }
  }

  private addData(part: Part, reader: Reader): Failure | null {
    reader.pos = part.data;
    const kind = reader.kind();
    if (kind === Kind.String || kind === Kind.FileBytes) {
      reader.readString();
      const isEncoded = this.plan.addEncoded(part.encoder, reader.ptr, reader.len);
      return isEncoded ? null : Failure.transfer("READ_ERROR");
    }
    reader.readHandle();
    this.plan.addSource(reader.handle, reader.size, part.encoder);
    return null;
  }

  private addHeader(name: string, value: string): void {
    this.plan.addName(name);
    this.plan.addName(value);
    this.plan.addName("\r\n");
  }

  private addDelimiter(ending: string): void {
    this.plan.addName("--");
    this.plan.addBytes(this.boundary.ptr, this.boundary.len);
    this.plan.addName(ending);
  }
}

function readName(reader: Reader): Text | null {
  if (reader.kind() !== Kind.String) {
    reader.skip();
    return null;
  }
  reader.readString();
  return new Text(reader.ptr, reader.len);
}
