import { join, type Part, vector } from "./wasm-bytes.ts";

// What every script must export, for modules that are written byte by byte.

const I32 = 0x7f;

/** Types of functions. They come first in the type section. */
export const REQUIRED_TYPES: readonly Part[] = [
  join(0x60, vector(), vector()),
  join(0x60, vector(I32), vector()),
  join(0x60, vector(), vector(I32)),
  join(0x60, vector(I32), vector(I32)),
];

export const REQUIRED_EXPORTS: readonly (readonly [name: string, type: number])[] = [
  ["http_background_alloc", 3],
  ["asyncify_start_unwind", 1],
  ["asyncify_stop_unwind", 0],
  ["asyncify_start_rewind", 1],
  ["asyncify_stop_rewind", 0],
  ["asyncify_get_state", 2],
];

/** The body of a function of one of these types that does nothing: `i32.const 1024`, if it has a result. */
export function emptyBody(type: number): Part {
  return type > 1 ? [0x41, 0x80, 0x08] : [];
}
