import { RECORD_HEADER_SIZE } from "./abi.ts";

/** Reserves bytes. The host writes to them: arguments before a call, or an outcome before it resumes the guest. */
export function alloc(size: i32): usize {
  return heap.alloc(size);
}

/**
 * A record. A function that can return only one number returns the address of a record to return bytes:
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
