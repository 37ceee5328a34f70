// The transform makes this file an entry of every script, so that every script exports it. The file imports nothing
// and nothing imports it: asc exports what an entry declares, but not if it has read the file before as an import.

/** Reserves bytes, to which the host writes. The script code that gets them must free them. */
export function http_background_alloc(size: i32): usize {
  return heap.alloc(size);
}
