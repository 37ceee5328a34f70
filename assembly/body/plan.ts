import { ENCODER_NONE, ENCODER_STATE_SIZE } from "../abi.ts";
import { encode, encodeBound, encodedLength } from "../encoding/encoder.ts";
import { Writer } from "../values/writer.ts";

const UNKNOWN: i64 = -1;

/**
 * The plan of a body: segments in order. A segment is bytes that the guest made, or a source that the host streams,
 * with or without an encoder. Bytes that follow each other become one segment.
 */
export class Plan {
  /** The segments so far, as MessagePack, without the head of the list. */
  private segments: Writer = new Writer();
  private literal: Writer = new Writer();
  private count: i32 = 0;
  /** Exact length of the body in bytes; -1 if the length of a segment is not known. */
  length: i64 = 0;

  addName(text: string): void {
    this.literal.writeAscii(text);
    this.addLength(text.length);
  }

  addBytes(ptr: usize, len: i32): void {
    this.literal.writeRaw(ptr, len);
    this.addLength(len);
  }

  /** Adds bytes that go through an encoder. Returns false if the encoder refuses them. */
  addEncoded(encoder: i32, ptr: usize, len: i32): bool {
    if (encoder === ENCODER_NONE) {
      this.addBytes(ptr, len);
      return true;
    }
    const state = heap.alloc(ENCODER_STATE_SIZE);
    memory.fill(state, 0, ENCODER_STATE_SIZE);
    const encoded = heap.alloc(encodeBound(encoder, len));
    const written = encode(encoder, state, ptr, len, true, encoded);
    if (written < 0) return false;
    this.literal.writeRaw(encoded, written);
    this.addLength(encodedLength(encoder, len));
    return true;
  }

  /** Adds the value of a handle. `size` is its size in bytes; negative if it is not known. */
  addSource(handle: u32, size: f64, encoder: i32): void {
    this.flush();
    this.segments.writeArrayHead(2);
    this.segments.writeNumber(<f64>handle);
    this.segments.writeNumber(<f64>encoder);
    this.count++;
    const isKnown = size >= 0;
    this.addLength(
      !isKnown ? UNKNOWN : encoder === ENCODER_NONE ? <i64>size : encodedLength(encoder, <i64>size),
    );
  }

  /** Writes the list of segments. */
  writeTo(writer: Writer): void {
    this.flush();
    writer.writeArrayHead(this.count);
    writer.writeRaw(this.segments.ptr, this.segments.len);
  }

  private flush(): void {
    if (this.literal.len === 0) return;
    this.segments.writeBytes(this.literal.ptr, this.literal.len);
    this.literal.len = 0;
    this.count++;
  }

  private addLength(length: i64): void {
    this.length = length < 0 || this.length < 0 ? UNKNOWN : this.length + length;
  }
}
