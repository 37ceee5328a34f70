import { GLOBAL_EXPORT_PREFIX } from "../../../assembly/abi.ts";
import { HttpBackgroundError } from "../../api/errors.ts";
import { encodeName, encodeSigned, encodeU32, refused } from "./bytes.ts";
import { CodeWriter } from "./code-writer.ts";
import { flagGlobals, type Metering } from "./guest-code.ts";
import { ModuleReader } from "./module-reader.ts";
import { itemsOf, ModuleWriter } from "./module-writer.ts";
import { OffsetMap } from "./offset-map.ts";
import { SECTION, SECTION_ORDER } from "./sections.ts";

/** Exports that `confine` adds, see `Metering`. A module must not have these names itself. */
export const EXPORT_FUEL = "http_background_fuel";
export const EXPORT_STARVED = "http_background_starved";
export const EXPORT_REFUEL = "http_background_refuel";

const FUNCTION_KIND = 0;
const TABLE_KIND = 1;
const MEMORY_KIND = 2;
const GLOBAL_KIND = 3;
const MUTABLE_I32 = [0x7f, 1];
const REFUEL_TYPE = Uint8Array.of(0x60, 0, 0);
/** A table for one function. It cannot grow. */
const REFUEL_TABLE = Uint8Array.of(0x70, 1, 1, 1);

export interface Confinement {
  /** Maximum number of pages of 64 KiB of the memory. */
  readonly memoryPages: number;
  /** Units of fuel for the start function. It cannot get more. */
  readonly startFuel: number;
}

/** A module that cannot harm its host when it runs. */
export interface Confined {
  readonly bytes: Buffer<ArrayBuffer>;
  /** The positions of its code in the original module. */
  readonly offsets: OffsetMap;
  /** The original module. */
  readonly source: ModuleReader;
}

/**
 * Rewrites a module that nobody trusts:
 *
 * - It pays for the code that it runs (fuel.ts). When its fuel is used up, it asks the host.
 * - Its memory has a maximum.
 * - Every mutable global is exported under a name of the ABI, so that no global can keep something of a run.
 *
 * The indices of functions do not change.
 *
 * @throws HttpBackgroundError BAD_MODULE, which says why
 */
export function confine(bytes: Buffer, { memoryPages, startFuel }: Confinement): Confined {
  const source = new ModuleReader(bytes);
  check(source, memoryPages);
  const metering = {
    fuel: source.globals.length,
    starved: source.globals.length + 1,
    flags: source.globals.length + 2,
    refuel: source.tables.length,
    refuelType: source.types.length,
  };
  const offsets = new OffsetMap();
  const sections: Readonly<Record<number, Buffer | undefined>> = {
    [SECTION.type]: append(source, SECTION.type, REFUEL_TYPE),
    [SECTION.table]: append(source, SECTION.table, REFUEL_TABLE),
    [SECTION.memory]: memorySection(source, memoryPages),
    [SECTION.global]: append(source, SECTION.global, ...meterGlobals(source, startFuel)),
    [SECTION.export]: exportSection(source, metering),
    [SECTION.code]: new CodeWriter(source, metering, offsets).write(),
  };
  const writer = new ModuleWriter();
  for (const id of SECTION_ORDER) {
    const start = writer.add(id, sections[id] ?? source.content(id));
    if (id === SECTION.code) offsets.base = start;
  }
  const confined = writer.finish();
  // The original must be valid too: only then its code means what the meter has read. Rewriting can make an invalid
  // module valid.
  if (!WebAssembly.validate(bytes as Buffer<ArrayBuffer>)) throw refused("is not valid WebAssembly");
  if (!WebAssembly.validate(confined)) throw refused("cannot be metered");
  return { bytes: confined, offsets, source };
}

function check({ memories, globals }: ModuleReader, memoryPages: number): void {
  const [memory] = memories;
  if (memory === undefined) throw refused("must have one memory");
  if (memory.initial > memoryPages) {
    throw new HttpBackgroundError(
      "BAD_MODULE",
      `the module begins with ${memory.initial} pages of memory; at most ${memoryPages} are allowed`,
    );
  }
  if (globals.some(({ mutable, type }) => mutable && type === "other"))
    throw refused("has a mutable global that is no number");
}

function memorySection({ memories }: ModuleReader, memoryPages: number): Buffer {
  const { initial = 0, maximum = 0 } = memories[0] ?? {};
  return Buffer.from([1, 1, ...encodeU32(initial), ...encodeU32(Math.min(maximum, memoryPages))]);
}

/** The globals of `Metering`. */
function meterGlobals({ functions }: ModuleReader, startFuel: number): Buffer[] {
  const flags = Array.from({ length: flagGlobals(functions.length) }, () => i32Global(0));
  return [i32Global(startFuel), i32Global(0), ...flags];
}

function i32Global(value: number): Buffer {
  return Buffer.from([...MUTABLE_I32, 0x41, ...encodeSigned(value), 0x0b]);
}

/** A section that is a vector, with these items added. */
function append(source: ModuleReader, id: number, ...items: Uint8Array[]): Buffer {
  const before = itemsOf(source, id);
  return Buffer.concat([Buffer.from(encodeU32(before.count + items.length)), before.bytes, ...items]);
}

/** Exports the same functions and memory as before, and exactly those globals that can change. */
function exportSection(source: ModuleReader, { fuel, starved, refuel }: Metering): Buffer {
  const entries: Buffer[] = [];
  const add = (name: string, kind: number, index: number): void => {
    entries.push(Buffer.concat([encodeName(name), Buffer.from([kind, ...encodeU32(index)])]));
  };
  for (const { name, kind, index } of source.exports) {
    if (isOfHost(name)) {
      if (kind !== "global") throw refused(`exports the ${kind} "${name}", a name that is the host's`);
    } else if (kind === "function") add(name, FUNCTION_KIND, index);
    else if (kind === "memory" && name === "memory") add(name, MEMORY_KIND, index);
  }
  let count = 0;
  for (const [index, { mutable }] of source.globals.entries()) {
    if (mutable) add(`${GLOBAL_EXPORT_PREFIX}${count++}`, GLOBAL_KIND, index);
  }
  add(EXPORT_FUEL, GLOBAL_KIND, fuel);
  add(EXPORT_STARVED, GLOBAL_KIND, starved);
  add(EXPORT_REFUEL, TABLE_KIND, refuel);
  return Buffer.concat([Buffer.from(encodeU32(entries.length)), ...entries]);
}

function isOfHost(name: string): boolean {
  return [EXPORT_FUEL, EXPORT_STARVED, EXPORT_REFUEL].includes(name) || name.startsWith(GLOBAL_EXPORT_PREFIX);
}
