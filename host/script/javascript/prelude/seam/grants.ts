import { host } from "./host.ts";

/** Nothing of this name and type was granted. */
const NONE = -1;

export function isGranted(type: number, name: string): boolean {
  return host.resource(type, `${name}`) !== NONE;
}

/**
 * The handle of what the host granted to this run under a name.
 *
 * @param type An EXT_ number
 * @throws Error if there is nothing
 */
export function takeGranted(type: number, noun: string, name: string): number {
  const handle = host.resource(type, `${name}`);
  if (handle === NONE) throw new Error(`no ${noun} was granted under the name "${name}"`);
  return handle;
}
