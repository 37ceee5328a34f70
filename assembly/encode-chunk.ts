import { ENCODER_STATE_SIZE } from "./abi.ts";
import { encode, encodeBound } from "./encoding/encoder.ts";
import { allocRecord, recordBytes } from "./memory.ts";

/**
 * Encodes one chunk of a body whose fiber is parked. It is pure: the host passes everything that it needs.
 *
 *     ptr                            record
 *     ├── state ──┼── len bytes ──┤  ├── i32 written ──┼── state ──┼── encoded ──┤
 *
 * If the encoder met a byte that it cannot encode, `written` is negative. Then there are `-1 - written` bytes.
 */
export function encodeChunk(encoder: i32, ptr: usize, len: i32, isLast: i32): usize {
  const record = allocRecord(ENCODER_STATE_SIZE + encodeBound(encoder, len));
  const state = recordBytes(record);
  memory.copy(state, ptr, ENCODER_STATE_SIZE);
  const source = ptr + ENCODER_STATE_SIZE;
  const written = encode(encoder, state, source, len, isLast !== 0, state + ENCODER_STATE_SIZE);
  store<i32>(record, written);
  return record;
}
