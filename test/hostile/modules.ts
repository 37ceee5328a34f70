import { REQUIRED_EXPORTS, REQUIRED_TYPES } from "../support/script-exports.ts";
import {
  HEADER,
  join,
  moduleOf,
  type Part,
  section,
  sectionsOf,
  sized,
  u32,
  vector,
} from "../support/wasm-bytes.ts";
import type { Random } from "./random.ts";

const I32 = 0x7f;
const I64 = 0x7e;
const VALUE_TYPES = [I32, I32, I32, I64, 0x7d, 0x7c, 0x7b, 0x70, 0x6f, 0x69, 0x40];
const MODULES = ["http_background", "http_background", "env", "", "__proto__", "asyncify"];
const NAMES = [
  "call",
  "start",
  "wait",
  "wait_any",
  "echo",
  "arguments",
  "resource",
  "size",
  "read",
  "header",
  "url",
  "release",
  "abort",
  "seed",
  "perform",
  "has_thread",
  "random",
  "memory",
  "",
  "constructor",
  "\u001b[2J",
  "x".repeat(300),
];
const EXPORTS = [
  "main",
  "memory",
  "http_background_alloc",
  "asyncify_start_unwind",
  "asyncify_stop_unwind",
  "asyncify_start_rewind",
  "asyncify_stop_rewind",
  "asyncify_get_state",
  "http_background_fuel",
  "http_background_starved",
  "http_background_refuel",
  "http_background_global_0",
  "http_background_arena_top",
  "__proto__",
  "then",
  "",
  "toString",
];

const REQUIRED = [...REQUIRED_EXPORTS, ["main", 0] as const];

/** Bodies of functions, without their locals. They leave one number on the stack if they must. */
const STATEMENTS: readonly (readonly number[])[] = [
  [],
  [],
  [],
  [0x00], // unreachable
  [0x03, 0x40, 0x0c, 0, 0x0b], // loop without an end
  [0x41, 1, 0x40, 0, 0x1a], // memory.grow
  [0x41, 0x7f, 0x28, 2, 0, 0x1a], // a load past the end
  [0x41, 0x7f, 0x41, 0, 0x36, 2, 0], // a store past the end
  [0x41, 0, 0x41, 0, 0x41, 8, 0xfc, 0x0b, 0], // memory.fill
  [0x41, 0, 0x11, 0, 0], // call_indirect
  [0x10, 0], // a call of the first function
  [0x3f, 0, 0x1a], // memory.size
  [0xfd, 0x0c, ...Array<number>(16).fill(1), 0x1a], // v128.const
  [0xd0, 0x70, 0x1a], // ref.null func
  [0x06, 0x40, 0x0b], // try
  [0xfe, 0x03, 0], // atomic.fence
  [0x12, 0], // return_call
  [0x41, 0, 0x25, 0, 0x1a], // table.get
  [0xd0, 0x70, 0x41, 1, 0xfc, 0x0f, 0, 0x1a], // table.grow
  [0xfc, 0x09, 0], // data.drop
  [0x41, 0, 0x41, 0, 0x41, 0, 0xfc, 0x08, 0, 0], // memory.init
  [0x42, 1, 0x42, 0, 0x7f, 0x1a], // i64 division by zero
];
const NUMBERS: readonly (readonly number[])[] = [
  [0x41, 0x80, 0x20],
  [0x41, 0x80, 0x20],
  [0x41, 0],
  [0x41, 0x7f],
  [0x41, 0x71],
  [0x41, 0x80, 0x80, 0x04],
  [0x20, 0],
  [0x3f, 0],
  [0x41, 0x80, 0x80, 0x80, 0x80, 0x78],
];
const LIMITS: readonly Part[] = [
  [0, 1],
  [0, 4],
  [0, 4],
  [0, 4],
  [1, 1, 2],
  [0, 0],
  [0, ...u32(16)],
  [0, ...u32(17)],
  [0, ...u32(65_536)],
  [3, 1, 2],
  [4, 1],
  [5, 1, 2],
  [1, 2, 1],
  [2, 1],
  [8, 1],
];

/** The types of imports, by their names. They come after the types of the exports. */
const IMPORTS: Readonly<Record<string, Part>> = {
  call: join(0x60, vector(I32, I32), vector(I32)),
  start: join(0x60, vector(I32, I32), vector(I32)),
  wait: join(0x60, vector(I32), vector(I32)),
  wait_any: join(0x60, vector(I32, I32), vector(I32)),
  echo: join(0x60, vector(I32, I32), vector()),
  arguments: join(0x60, vector(), vector(I32)),
  resource: join(0x60, vector(I32, I32, I32), vector(I32)),
  size: join(0x60, vector(I32), vector(0x7c)),
  read: join(0x60, vector(I32, 0x7c, I32, I32), vector(I32)),
  header: join(0x60, vector(I32, I32, I32), vector(I32)),
  url: join(0x60, vector(I32), vector(I32)),
  release: join(0x60, vector(I32), vector()),
};
const IMPORT_NAMES = Object.keys(IMPORTS);
const USUAL_MEMORY: Part = [0, 4];
const USUAL_TABLE: Part = [0x70, 0, 1];
const ODD_TABLES: readonly Part[] = [
  [0x6f, 0, 1],
  [0x70, 0, ...u32(65_537)],
  [0x70, 1, 1, ...u32(10_000_000)],
  [0x40, 0, 0x70, 0, 1, 0xd0, 0x70, 0x0b],
];
const GLOBALS: readonly Part[] = [
  [I32, 1, 0x41, 7],
  [I64, 1, 0x42, 7],
  [0x7d, 1, 0x43, 0, 0, 0xc0, 0x7f],
  [0x70, 0, 0xd0, 0x70],
];
const ODD_GLOBALS: readonly Part[] = [
  [0x70, 1, 0xd0, 0x70],
  [0x7b, 1, 0xfd, 0x0c, ...Array<number>(16).fill(9)],
  [I32, 0, 0x23, 0],
  [I32, 2, 0x41, 0],
];
const ODD_LOCALS = [1, 50_000, 50_001, 0xffffffff];

/** The probability that a part is odd. With it, most modules have one odd part. */
const ODD = 0.06;

function body(random: Random, hasResult: boolean): Buffer {
  const statements = random.chance(0.3) ? [random.pick(STATEMENTS)] : [];
  const value = hasResult ? random.pick(NUMBERS) : [];
  const locals = random.chance(ODD / 8) ? vector(join(u32(random.pick(ODD_LOCALS)), I32)) : vector();
  return sized(locals, ...statements, value, 0x0b);
}

function imports(random: Random): Part[] {
  return random.times(random.chance(0.6) ? random.below(5) : 0, () => {
    const name = random.pick(IMPORT_NAMES);
    const type = REQUIRED_TYPES.length + IMPORT_NAMES.indexOf(name);
    if (!random.chance(ODD)) return join("http_background", name, 0, type);
    const descriptions: readonly Part[] = [
      [0, random.below(6)],
      [1, 0x70, 0, 1],
      [2, 0, 1],
      [3, I32, random.below(3)],
      [4, 0, 0],
    ];
    return join(random.pick(MODULES), random.pick(NAMES), random.pick(descriptions));
  });
}

/** Almost a script. Some of its parts are odd, and must not harm the host. */
export function madeModule(random: Random): Buffer {
  const odd = (): boolean => random.chance(ODD);
  const list = imports(random);
  const types = REQUIRED.map(([, type]) => (random.chance(ODD / 8) ? random.below(6) : type));
  const exports = REQUIRED.map(([name], index) =>
    join(random.chance(ODD / 8) ? random.pick(EXPORTS) : name, 0, u32(index + list.length)),
  );
  exports.push(join(odd() ? "m" : "memory", 2, 0));
  if (odd()) exports.push(join(random.pick(EXPORTS), random.below(5), random.below(4)));
  const extra = odd() ? [join(0x60, vector(random.pick(VALUE_TYPES)), vector(random.pick(VALUE_TYPES)))] : [];
  const globals = random.times(random.below(3), () => join(random.pick(odd() ? ODD_GLOBALS : GLOBALS), 0x0b));
  const memories = odd() ? random.times(random.below(3), () => random.pick(LIMITS)) : [USUAL_MEMORY];
  const start = list.length + random.pick(odd() ? [0, 1, 9] : [2, 4, 6]);
  const element = join(0, 0x41, odd() ? 3 : 0, 0x0b, vector(random.below(7)));
  const data = join(0, 0x41, random.pick(odd() ? [[0x7f], [0x80, 0x80, 0x10]] : [[0]]), 0x0b, "data");
  const sections: (readonly [id: number, isThere: boolean, ...parts: Part[]])[] = [
    [1, true, vector(...REQUIRED_TYPES, ...Object.values(IMPORTS), ...extra)],
    [2, list.length > 0, vector(...list)],
    [3, true, vector(...types.map(u32))],
    [4, !odd(), vector(odd() ? random.pick(ODD_TABLES) : USUAL_TABLE)],
    [5, true, vector(...memories)],
    [6, globals.length > 0, vector(...globals)],
    [7, true, vector(...exports)],
    [8, random.chance(0.2), u32(start)],
    [9, random.chance(0.1), vector(element)],
    [12, odd(), 1],
    [10, true, vector(...types.map((type) => body(random, type > 1)))],
    [11, random.chance(0.3), vector(data)],
    [0, odd(), random.pick(["name", "x", ""]), random.bytes(random.below(40))],
  ];
  const parts = sections
    .filter(([, isThere]) => isThere)
    .map(([id, , ...content]) => section(id, ...content));
  if (odd()) parts.splice(random.below(parts.length), 0, section(random.below(20), random.bytes(5)));
  return join(HEADER, ...parts);
}

/** A right module in which bytes are changed. */
export function mutatedModule(random: Random, original: Uint8Array): Buffer {
  const bytes = Buffer.from(original);
  const how = random.below(6);
  if (how === 0) return bytes.subarray(0, random.below(bytes.length));
  if (how === 1) return moduleOf(rearranged(random, sectionsOf(original)));
  if (how === 2)
    return moduleOf(
      sectionsOf(original).map((each) =>
        random.chance(0.15) ? { ...each, content: spoil(random, each.content) } : each,
      ),
    );
  return spoil(random, bytes);
}

function spoil(random: Random, bytes: Buffer): Buffer {
  const spoilt = Buffer.from(bytes);
  if (spoilt.length === 0) return spoilt;
  for (let left = random.pick([0, 0, 0, 1, 5]); left >= 0; left--) {
    const at = random.below(spoilt.length);
    if (random.chance(0.5)) spoilt[at] = (spoilt[at] as number) ^ (1 << random.below(8));
    else spoilt[at] = random.pick([0, 1, 0x7f, 0x80, 0xff, random.below(256)]);
  }
  return spoilt;
}

function rearranged<T>(random: Random, sections: readonly T[]): T[] {
  const at = random.below(sections.length);
  const one = sections[at] as T;
  const others = sections.filter((_, index) => index !== at);
  if (random.chance(0.4)) return others;
  const to = random.below(sections.length);
  return random.chance(0.5) ? [...others.slice(0, to), one, ...others.slice(to)] : [...sections, one];
}
