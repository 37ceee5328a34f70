// asc names the wasm import module after this file: `http_background`.

/**
 * Executes a transfer (MessagePack at `ptr`, see request.ts). Suspends the guest, and returns the outcome,
 * a record with `{ status, content }` or `{ error, code }`. Never fails in another way.
 */
export declare function perform(ptr: usize, len: i32): usize;

/** 1 if a thread of this id is configured, else 0. */
export declare function has_thread(ptr: usize, len: i32): i32;

/** Fills memory with bytes of a cryptographically secure generator. */
export declare function random(ptr: usize, len: i32): void;
