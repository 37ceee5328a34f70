import { RECORD_HEADER_SIZE } from "./abi.ts";

/** Reserves bytes for the host to write to: arguments before a call, an outcome before a resumption. */
export function alloc(size: i32): usize {
  return heap.alloc(size);
}

/**
 * A record is how bytes cross the boundary where one number is returned:
 *
 *     ptr
 *     ├── u32 length ──┼── length bytes ──┤
 */
export function allocRecord(length: i32): usize {
  const record = heap.alloc(RECORD_HEADER_SIZE + length);
  store<u32>(record, length);
  return record;
}

export function recordBytes(record: usize): usize {
  return record + RECORD_HEADER_SIZE;
}
