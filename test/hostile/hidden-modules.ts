import { COVERS, HIDDEN, hidingModule, moduleWithType, PLACES, PREFIXES } from "../support/hidden-code.ts";
import type { Random } from "./random.ts";

const keysOf = <T extends object>(table: T): (keyof T)[] => Object.keys(table) as (keyof T)[];

/** A module with a type that a reader may misread, and hidden code after it. */
export function hiddenModule(random: Random): Buffer {
  const place = random.pick(keysOf(PLACES));
  if (random.chance(0.3)) return moduleWithType(random.bytes(1 + random.below(4)), place, { types: 200 });
  const prefix = random.chance(0.7) ? random.pick(Object.values(PREFIXES)) : 0x40 + random.below(64);
  return hidingModule({
    place,
    prefix,
    cover: random.pick(keysOf(COVERS)),
    hidden: random.pick(keysOf(HIDDEN)),
  });
}
