// The encoders alone. Nothing here suspends. The tests and the bench of `assembly/encoding` load this.
import {
  encode,
  encodeBound,
  encodedLength,
  encoderName,
  encoderNumber,
  encodeScalar,
  findEncoder,
} from "../../assembly/encoding/encoder.ts";

export { encode, encodeBound, encodedLength, encoderNumber, encodeScalar, findEncoder };

export function alloc(size: i32): usize {
  return heap.alloc(size);
}

/** Writes the name of a row to `dst`. Returns its length. */
export function nameOf(row: i32, dst: usize): i32 {
  const name = encoderName(row);
  for (let i = 0; i < name.length; i++) store<u8>(dst + i, name.charCodeAt(i));
  return name.length;
}
