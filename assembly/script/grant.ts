import { resource } from "../http_background.ts";
import { Writer } from "../values/writer.ts";

/** The result of `findGranted` if the host granted nothing of this kind and name. */
const NONE: i32 = -1;

/**
 * The handle of what the host granted to this run under `name`; negative if there is nothing. `kind` is an EXT_ number.
 */
function findGranted(kind: i32, name: string): i32 {
  const writer = new Writer();
  writer.writeText(name);
  const handle = resource(kind, writer.ptr, writer.len);
  writer.free();
  return handle;
}

export function isGranted(kind: i32, name: string): bool {
  return findGranted(kind, name) !== NONE;
}

/** Like `findGranted`, but if nothing was granted, this is a mistake at the given place of the script. */
export function takeGranted(
  kind: i32,
  noun: string,
  name: string,
  file: string,
  line: i32,
  column: i32,
): i32 {
  const handle = findGranted(kind, name);
  if (handle === NONE) abort(`no ${noun} was granted under the name "${name}"`, file, line, column);
  return handle;
}
