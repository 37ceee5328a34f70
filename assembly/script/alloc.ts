// The transform makes this an entry of every script, so that the script exports it. Imports nothing, and
// nothing imports it: asc exports what an entry declares, unless it has met the file before.

/** Reserves bytes for the host to write to. Whoever is given them frees them. */
export function http_background_alloc(size: i32): usize {
  return heap.alloc(size);
}
