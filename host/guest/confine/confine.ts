import { GLOBAL_EXPORT_PREFIX } from "../../../assembly/abi.ts";
import { HttpBackgroundError } from "../../api/errors.ts";
import { encodeName, encodeU32, refused } from "./bytes.ts";
import { CodeWriter } from "./code-writer.ts";
import { flagGlobals, type Metering } from "./guest-code.ts";
import { ModuleReader } from "./module-reader.ts";
import { itemsOf, ModuleWriter } from "./module-writer.ts";
import { OffsetRecorder, type OffsetTable } from "./offset-map.ts";
import { SECTION, SECTION_ORDER } from "./sections.ts";
import type { Signature } from "./types.ts";

/** Exports that `confine` adds, see `Metering`. A module must not have these names itself. */
export const EXPORT_FUEL = "http_background_fuel";
export const EXPORT_STARVED = "http_background_starved";
export const EXPORT_REFUEL = "http_background_refuel";
/** The start function, if there is one. The host calls it, so that it can be metered. */
export const EXPORT_START = "http_background_start";
const EXPORTS_OF_HOST: readonly string[] = [EXPORT_FUEL, EXPORT_STARVED, EXPORT_REFUEL, EXPORT_START];

const FUNCTION_KIND = 0;
const TABLE_KIND = 1;
const MEMORY_KIND = 2;
const GLOBAL_KIND = 3;
/** A mutable global of type i32 that is 0. */
const ZERO = Uint8Array.of(0x7f, 1, 0x41, 0, 0x0b);
const REFUEL_TYPE = Uint8Array.of(0x60, 0, 0);
/** A table for one function. It cannot grow. */
const REFUEL_TABLE = Uint8Array.of(0x70, 1, 1, 1);

export interface Confinement {
  /** Maximum number of pages of 64 KiB of the memory. */
  readonly memoryPages: number;
  /** Which exported functions stay exported: each one costs time whenever an instance is made. @default all */
  readonly keepsFunction?: (name: string, signature: Signature) => boolean;
}

/** A module that cannot harm its host when it runs. */
export interface Confined {
  readonly bytes: Buffer<ArrayBuffer>;
  /** The positions of its code in the original module. */
  readonly offsets: OffsetTable;
  /** The original module. */
  readonly source: ModuleReader;
}

/**
 * Rewrites a module that nobody trusts:
 *
 * - It pays for the code that it runs (fuel.ts). When its fuel is used up, it asks the host.
 * - Its memory has a maximum.
 * - Every mutable global is exported under a name of the ABI, so that no global can keep something of a run.
 * - Nothing runs before the host calls it.
 *
 * The indices of functions do not change.
 *
 * @throws HttpBackgroundError BAD_MODULE, which says why
 */
export function confine(bytes: Buffer, confinement: Confinement): Confined {
  const source = new ModuleReader(bytes);
  const { memoryPages } = confinement;
  check(source, memoryPages);
  const metering = {
    fuel: source.globals.length,
    starved: source.globals.length + 1,
    flags: source.globals.length + 2,
    refuel: source.tables.length,
    refuelType: source.types.length,
  };
  const offsets = new OffsetRecorder();
  let base = 0;
  const sections: Readonly<Record<number, Buffer | undefined>> = {
    [SECTION.type]: append(source, SECTION.type, REFUEL_TYPE),
    [SECTION.table]: append(source, SECTION.table, REFUEL_TABLE),
    [SECTION.memory]: memorySection(source, memoryPages),
    [SECTION.global]: append(source, SECTION.global, ...meterGlobals(source)),
    [SECTION.export]: exportSection(source, metering, confinement),
    [SECTION.start]: undefined,
    [SECTION.code]: new CodeWriter(source, metering, offsets).write(),
  };
  const writer = new ModuleWriter();
  for (const id of SECTION_ORDER) {
    const content = id in sections ? sections[id] : source.content(id);
    const start = writer.add(id, content);
    if (id === SECTION.code) base = start;
  }
  const confined = writer.finish();
  // The original must be valid too: only then its code means what the meter has read. Rewriting can make an invalid
  // module valid.
  if (!WebAssembly.validate(bytes as Buffer<ArrayBuffer>)) throw refused("is not valid WebAssembly");
  if (!WebAssembly.validate(confined)) throw refused("cannot be metered");
  return { bytes: confined, offsets: offsets.finish(base), source };
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

/** The globals of `Metering`. There is no fuel at first, so the guest asks for it before anything else. */
function meterGlobals({ functions }: ModuleReader): Uint8Array[] {
  return Array<Uint8Array>(2 + flagGlobals(functions.length)).fill(ZERO);
}

/** A section that is a vector, with these items added. */
function append(source: ModuleReader, id: number, ...items: Uint8Array[]): Buffer {
  const before = itemsOf(source, id);
  return Buffer.concat([Buffer.from(encodeU32(before.count + items.length)), before.bytes, ...items]);
}

/** Exports the functions that are kept, the memory, and exactly those globals that can change. */
function exportSection(
  source: ModuleReader,
  { fuel, starved, refuel }: Metering,
  { keepsFunction = () => true }: Confinement,
): Buffer {
  const entries: Buffer[] = [];
  const add = (name: string, kind: number, index: number): void => {
    entries.push(Buffer.concat([encodeName(name), Buffer.from([kind, ...encodeU32(index)])]));
  };
  for (const { name, kind, index } of source.exports) {
    if (isOfHost(name)) {
      if (kind !== "global") throw refused(`exports the ${kind} "${name}", a name that is the host's`);
    } else if (kind === "function") {
      if (keepsFunction(name, source.signatureOf(index))) add(name, FUNCTION_KIND, index);
    } else if (kind === "memory" && name === "memory") add(name, MEMORY_KIND, index);
  }
  let count = 0;
  for (const [index, { mutable }] of source.globals.entries()) {
    if (mutable) add(`${GLOBAL_EXPORT_PREFIX}${count++}`, GLOBAL_KIND, index);
  }
  add(EXPORT_FUEL, GLOBAL_KIND, fuel);
  add(EXPORT_STARVED, GLOBAL_KIND, starved);
  add(EXPORT_REFUEL, TABLE_KIND, refuel);
  if (source.start !== undefined) add(EXPORT_START, FUNCTION_KIND, source.start);
  return Buffer.concat([Buffer.from(encodeU32(entries.length)), ...entries]);
}

function isOfHost(name: string): boolean {
  return EXPORTS_OF_HOST.includes(name) || name.startsWith(GLOBAL_EXPORT_PREFIX);
}
