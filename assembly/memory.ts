import { perform } from "./http_background";
export function alloc(size: i32): usize {
  return perform(heap.alloc(size), size);
}
