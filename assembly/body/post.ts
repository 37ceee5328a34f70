import {
  BODY_FILE,
  BODY_MULTIPART,
  BODY_STRING,
  ENCODER_BASE64_FILE,
  ENCODER_NONE,
  FILE_UNUSABLE,
} from "../abi.ts";
import { Failure } from "../failure.ts";
import { Options } from "../options/options.ts";
import { ENCODER } from "../options/table.ts";
import { Kind } from "../values/head.ts";
import { Reader } from "../values/reader.ts";
import { Text } from "../values/text.ts";
import { Writer } from "../values/writer.ts";
import { makeBoundary } from "./boundary.ts";
import { CallerContentType } from "./content-type.ts";
import { Multipart } from "./multipart.ts";
import { Plan } from "./plan.ts";

const FORM = "application/x-www-form-urlencoded";
const OCTET_STREAM = "application/octet-stream";
const MULTIPART = "multipart/form-data";
const BOUNDARY_PARAMETER = "; boundary=";

/** The argument `post`, and the body that is made of it. */
export class Post {
  readonly plan: Plan = new Plan();
  kind: i32 = 0;
  /** The automatic Content-Type: `type`, or that of the caller; then the boundary, if there is one. */
  private type: string = "";
  private callerType: Text | null = null;
  private boundary: Text | null = null;

  /** `reader` is at the argument, which is present. */
  read(reader: Reader, options: Options): Failure | null {
    switch (reader.kind()) {
      case Kind.File:
        return this.readFile(reader, options);
      case Kind.FileBytes:
        return this.readFileBytes(reader, options);
      case Kind.String:
        reader.readString();
        this.plan.addBytes(reader.ptr, reader.len);
        return this.end(BODY_STRING, FORM);
      case Kind.StringReference:
        reader.readHandle();
        this.plan.addSource(reader.handle, reader.size, ENCODER_NONE);
        return this.end(BODY_STRING, FORM);
      case Kind.Array:
      case Kind.Map:
        return this.readParts(reader, options);
      default:
        return Failure.argument("Bad type of POST parameter", "post");
    }
  }

  /** Writes the Content-Type as bytes; nil if none is sent. */
  writeType(writer: Writer): void {
    const callerType = this.callerType;
    const boundary = this.boundary;
    const typeLength = callerType === null ? this.type.length : callerType.len;
    const boundaryLength = boundary === null ? 0 : BOUNDARY_PARAMETER.length + boundary.len;
    if (typeLength + boundaryLength === 0) {
      writer.writeNil();
      return;
    }
    writer.writeBytesHead(typeLength + boundaryLength);
    if (callerType === null) writer.writeAscii(this.type);
    else writer.writeRaw(callerType.ptr, callerType.len);
    if (boundary === null) return;
    writer.writeAscii(BOUNDARY_PARAMETER);
    writer.writeRaw(boundary.ptr, boundary.len);
  }

  private readFile(reader: Reader, options: Options): Failure | null {
    reader.readHandle();
    if (reader.size === FILE_UNUSABLE) return Failure.argument("Bad POST parameter", "post");
    const handle = reader.handle;
    const size = reader.size;
    this.plan.addSource(handle, size, encoderOf(options));
    return this.endFile(reader, options);
  }

  private readFileBytes(reader: Reader, options: Options): Failure | null {
    reader.readString();
    const ptr = reader.ptr;
    const len = reader.len;
    this.plan.addEncoded(encoderOf(options), ptr, len);
    return this.endFile(reader, options);
  }

  private endFile(reader: Reader, options: Options): Failure | null {
    const caller = new CallerContentType(reader, options.headers);
    return this.end(BODY_FILE, caller.hasColon ? "" : OCTET_STREAM);
  }

  private readParts(reader: Reader, options: Options): Failure | null {
    const place = reader.pos;
    const caller = new CallerContentType(reader, options.headers);
    const callerType = caller.value;
    reader.pos = place;
    const boundary = makeBoundary();
    const failure = new Multipart(this.plan, boundary, caller.isFormData).addAll(reader);
    if (failure !== null) return failure;
    if (callerType !== null && callerType.hasLineBreak()) return Failure.transfer("BAD_FUNCTION_ARGUMENT");
    this.callerType = callerType;
    this.boundary = boundary;
    return this.end(BODY_MULTIPART, MULTIPART);
  }

  private end(kind: i32, type: string): Failure | null {
    this.kind = kind;
    this.type = type;
    return null;
  }
}

/** The option `encoder` has only one valid value, in exactly this spelling. It is used only for a File posted alone. */
function encoderOf(options: Options): i32 {
  const reader = options.at(ENCODER);
  if (reader === null) return ENCODER_NONE;
  reader.readString();
  return new Text(reader.ptr, reader.len).is("base64") ? ENCODER_BASE64_FILE : ENCODER_NONE;
}
