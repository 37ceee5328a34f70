import type { Random } from "../../hostile/random.ts";
import { HEADER, join, type Part, section, sized, u32, vector } from "../../support/wasm-bytes.ts";

const I32 = 0x7f;
const TYPE = join(0x60, vector(), vector());
const MEMORY: Part = [0, 1];

/** One thing many times. */
interface Many {
  readonly count: number;
  readonly bytes: Buffer;
}

/** As many as there is room for, but at least one. */
function many(size: number, ...parts: Part[]): Many {
  const item = join(...parts);
  const count = Math.max(1, Math.floor(size / item.length));
  return { count, bytes: Buffer.alloc(item.length * count, item) };
}

const one = (...parts: Part[]): Many => many(0, ...parts);

type Sections = Partial<
  Record<"types" | "imports" | "tables" | "globals" | "exports" | "elements" | "code" | "data", Many>
>;

function moduleWith({ types, imports, tables, globals, exports, elements, code, data }: Sections): Buffer {
  const sections: [id: number, items: Many | undefined][] = [
    [1, { count: 1 + (types?.count ?? 0), bytes: join(TYPE, types?.bytes ?? []) }],
    [2, imports],
    [3, code && { count: code.count, bytes: Buffer.alloc(code.count) }],
    [4, tables],
    [5, one(MEMORY)],
    [6, globals],
    [7, exports],
    [9, elements],
    [10, code],
    [11, data],
  ];
  const parts = sections.flatMap(([id, items]) =>
    items ? [section(id, u32(items.count), items.bytes)] : [],
  );
  return join(HEADER, ...parts);
}

const bodyOf = (...code: Part[]): Buffer => sized(vector(), ...code, 0x0b);
const EMPTY = one(bodyOf());

/** Instructions that leave nothing on the stack. */
const STATEMENTS: readonly Part[] = [
  [0x01],
  [0x41, 1, 0x1a],
  [0x02, 0x40, 0x0b],
  [0x03, 0x40, 0x0b],
  [0x41, 0, 0x04, 0x40, 0x05, 0x0b],
  [0x41, 0, 0x0d, 0],
  [0x10, 0],
  [0x41, 0, 0x28, 2, 0, 0x1a],
  [0x42, 1, 0x50, 0x1a],
  [0x00],
  [0x0c, 0],
  [0x0f],
  [0x41, 0, 0x41, 0, 0x41, 0, 0xfc, 0x0b, 0],
];
const OPENINGS: readonly Part[] = [
  [0x02, 0x40],
  [0x03, 0x40],
  [0x41, 0, 0x04, 0x40],
];
const GLOBALS: readonly Part[] = [
  [I32, 0, 0x41, 7, 0x0b],
  [I32, 1, 0x41, 7, 0x0b],
];

const statements = (random: Random, most: number): Buffer => {
  return join(...random.times(1 + random.below(most), () => random.pick(STATEMENTS)));
};

/** Each chooses a kind of thing, and makes modules of any size with very many of it. */
export const CROWDS: readonly ((random: Random) => (size: number) => Buffer)[] = [
  (random) => {
    const [parameters, results] = [random.below(5), random.below(3)];
    const type = join(0x60, vector(...Array(parameters).fill([I32])), vector(...Array(results).fill([I32])));
    return (size) => moduleWith({ types: many(size, type) });
  },
  () => (size) => moduleWith({ imports: many(size, "http_background", "release", 0, 0) }),
  (random) => {
    const global = random.pick(GLOBALS);
    return (size) => moduleWith({ globals: many(size, global) });
  },
  (random) => {
    const kind = random.chance(0.5) ? 0 : 2;
    return (size) => {
      const count = Math.ceil(size / 8);
      const names = Array.from({ length: count }, (_, index) => join(index.toString(36), kind, 0));
      return moduleWith({ exports: { count, bytes: Buffer.concat(names) }, code: EMPTY });
    };
  },
  (random) => {
    const body = bodyOf(statements(random, 4));
    return (size) => moduleWith({ code: many(size, body) });
  },
  (random) => {
    const statement = statements(random, 3);
    return (size) => moduleWith({ code: one(bodyOf(many(size, statement).bytes)) });
  },
  (random) => {
    const opening = join(statements(random, 2), random.pick(OPENINGS));
    return (size) => {
      const { count, bytes } = many(size, opening);
      return moduleWith({ code: one(bodyOf(bytes, Buffer.alloc(count, 0x0b))) });
    };
  },
  () => (size) =>
    moduleWith({ code: one(bodyOf(0x41, 0, 0x0e, u32(size), Buffer.alloc(Math.ceil(size)), 0)) }),
  () => (size) => {
    const elements = many(size, 0, 0x41, 0, 0x0b, 1, 0);
    return moduleWith({ tables: one([0x70, 0, 1]), elements, code: EMPTY });
  },
  () => (size) => moduleWith({ data: many(size, 0, 0x41, 0, 0x0b, 1, 7) }),
  () => (size) => {
    const groups = many(size, 1, I32);
    return moduleWith({ code: one(sized(u32(groups.count), groups.bytes, 0x0b)) });
  },
  () => (size) => join(HEADER, many(size, section(0, "x")).bytes),
];
