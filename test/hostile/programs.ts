import { OPERATION_NAMES, SLOT } from "./driver.ts";
import {
  anything,
  anywhere,
  goodCall,
  harm,
  IMPORTS,
  MEMORY,
  type ProgramKind,
  startedCall,
} from "./harm.ts";
import * as messages from "./messages.ts";
import { lie, PHASE_KINDS } from "./phases.ts";
import { Program } from "./program.ts";

const MESSAGES = {
  "messages that are spoilt": messages.spoilt,
  "messages with counts that lie": messages.hugeCount,
  "messages that nest": messages.nested,
  "messages of very many values": messages.manyValues,
  "messages of any values": messages.anyArguments,
  "messages with keys twice": messages.duplicateKeys,
};
const MESSAGE_WEIGHTS: Readonly<Record<string, number>> = {
  "messages that are spoilt": 100,
  "messages of any values": 120,
  "messages with counts that lie": 60,
  "messages that nest": 12,
  "messages of very many values": 4,
};

const messageKinds = Object.entries(MESSAGES).map(
  ([name, make]): ProgramKind => ({
    name,
    weight: MESSAGE_WEIGHTS[name] ?? 30,
    write(random, target) {
      const program = new Program();
      // It outputs the record of the result, which must be a valid record.
      for (let left = random.below(3); left >= 0; left--) program.call(make(random, target)).do("record");
      return { program };
    },
  }),
);

const OTHERS: readonly ProgramKind[] = [
  {
    name: "imports with any operands",
    weight: 200,
    write(random) {
      const program = new Program();
      for (let left = random.below(5); left >= 0; left--) anything(random, program, IMPORTS);
      return { program };
    },
  },
  {
    name: "any operations",
    weight: 80,
    write(random) {
      const operations = OPERATION_NAMES.filter((name) => !["spin", "deep", "slot", "lie"].includes(name));
      const program = new Program();
      for (let left = random.below(12); left >= 0; left--) anything(random, program, operations);
      return { program };
    },
  },
  {
    name: "calls beside each other",
    weight: 80,
    write(random, target) {
      const program = new Program();
      const list = 8192;
      const count = 1 + random.below(4);
      for (let i = 0; i < count; i++) startedCall(random, program, target).do("patch", list + 4 * i);
      // What it says of them is right, or nearly so.
      for (let left = 1 + random.below(6); left > 0; left--) {
        const step = random.below(7);
        if (step === 0) program.do("waitAny", list, random.below(count + 2));
        else if (step === 1) program.do("wait", { acc: 0 }).do("record");
        else if (step === 2) program.do("load", list + 4 * random.below(count)).do("wait", { acc: 0 });
        else if (step === 3) program.do("wait", random.pick([0, 1, 2, 3, 0xffffffff])).do("record");
        else if (step === 4) goodCall(random, program, target).do("record");
        else if (step === 5) startedCall(random, program, target);
        else harm(random, program);
      }
      return { program };
    },
  },
  {
    name: "very many calls",
    weight: 20,
    write(random, target) {
      const program = new Program();
      const args = messages.goodArguments(random, target);
      const place = program.put(args);
      const start = program.here;
      program.do("start", place, args.length).repeat(start, random.pick([5, 99, 100, 101, 2000]));
      if (random.chance(0.5)) program.do("wait", { acc: 0 });
      return { program };
    },
  },
  {
    name: "handles of others",
    weight: 60,
    write(random, { url }) {
      const program = new Program();
      const handle = random.pick([0, 1, 2, 3, 7, 100, 0xffffffff, 0x80000000]);
      program.do("size", handle).do("word").do("read", handle, 8192, 1000).do("echo", 8192, 1000);
      const name = program.put(Buffer.from("secret"));
      for (const type of [0, 1, 2, 3, 4]) program.do("resource", type, name, 6).do("word");
      const head = Buffer.from([
        0x94,
        0xa7,
        ...Buffer.from("default"),
        0xd9,
        url.length,
        ...Buffer.from(url),
        0x80,
      ]);
      program.call(Buffer.concat([head, messages.forgedHandle(random, handle)])).do("record");
      return { program };
    },
  },
  {
    name: "handles that were released",
    weight: 40,
    write(random, target) {
      const program = goodCall(random, new Program(), target).do("handle").do("patch", 300);
      const name = program.put(Buffer.from("Content-Length"));
      program.do("header", { acc: 0 }, name, 14).do("load", 300).do("url", { acc: 0 }).do("load", 300);
      program.do("release", { acc: 0 }).do("content").do("release", { acc: 0 });
      program.do("header", { acc: 0 }, name, 14).do("word").do("load", 300).do("release", { acc: 1 });
      goodCall(random, program, target)
        .do("record")
        .do("load", 300)
        .do("content")
        .do("size", { acc: 0 })
        .do("word");
      return { program };
    },
  },
  {
    name: "memory of others",
    weight: 30,
    write(random) {
      // It outputs the whole memory in pieces, and new pages.
      const start = random.below(8) * 65_536;
      return { program: new Program().do("echo", start, 65_536).do("grow", 2).do("echo", MEMORY, 30_000) };
    },
  },
  {
    name: "memory to its limit and past it",
    weight: 60,
    write(random, target) {
      const program = new Program();
      const grow = (): void =>
        void program.do("grow", random.pick([0, 1, 4, 7, 8, 9, 16, 65_536, 0xffffffff]));
      for (let left = random.below(3); left >= 0; left--) grow();
      program.do(
        "fill",
        random.pick([MEMORY - 100, MEMORY, MEMORY + 65_536]),
        255,
        random.pick([1, 1000, 60_000]),
      );
      goodCall(random, program, target).do("record");
      grow();
      program.do("fill", MEMORY, 1, 10);
      goodCall(random, program, target).do("record");
      return { program };
    },
  },
  {
    name: "unwinding past its area",
    weight: 60,
    write(random, target) {
      const program = new Program().do("deep", random.pick([1, 50, 80, 90, 95, 100, 110, 200, 1000, 20_000]));
      goodCall(random, program, target).do("record");
      goodCall(random, program, target).do("record");
      return { program };
    },
  },
  {
    name: "frames that are overwritten",
    weight: 50,
    write(random, target) {
      const program = new Program();
      // The unwind area is the first memory that the allocator gave.
      program.define("alloc", SLOT, (inner) => {
        for (let left = random.below(3); left >= 0; left--)
          inner.do(
            "store",
            4096 + 4 * random.below(40),
            random.chance(0.5) ? anywhere(random) : random.u32(),
          );
      });
      program.do("lie", 0, 0).do("deep", random.below(10));
      goodCall(random, program, target).do("record");
      return { program };
    },
  },
  {
    name: "floods of calls of the host",
    weight: 20,
    write(random, target) {
      const program = new Program();
      const start = program.here;
      anything(random, program, ["echo", "resource", "size", "release", "read", "arguments", "seed"]);
      if (random.chance(0.3)) goodCall(random, program, target);
      program.repeat(start, random.pick([10, 100, 1000]));
      return { program };
    },
  },
  {
    name: "floods of output",
    weight: 20,
    write(random) {
      const program = new Program().do("echo", random.below(1000), random.pick([0, 1, 99, 1000, 50_000]));
      return { program: program.repeat(0, random.pick([1, 99, 2000])) };
    },
  },
  {
    name: "contents larger than may be received",
    weight: 10,
    write(random, { url }) {
      const large = messages.goodArguments(random, { url: url.replace("/ok", "/large") });
      return { program: new Program().call(large).do("record").do("handle").do("content") };
    },
  },
  { name: "Asyncify that lies", weight: 150, write: lie },
  {
    name: "loops without an end",
    weight: 1,
    write(random, target) {
      const program = new Program();
      const phase = random.below(4);
      if (phase === 1) goodCall(random, program, target);
      if (phase < 2) return { program: program.do("spin") };
      program.define(phase === 2 ? "alloc" : "startUnwind", SLOT, (inner) => inner.do("spin"));
      program.do("lie", 0, 0);
      return { program: goodCall(random, program, target), isLiar: phase === 3 };
    },
  },
  {
    name: "signals in any phase",
    weight: 60,
    write(random, target) {
      const program = new Program();
      for (let left = random.below(4); left >= 0; left--) goodCall(random, program, target).do("record");
      return { program, abortAfter: random.below(8) };
    },
  },
  {
    name: "time that is over in any phase",
    weight: 20,
    write(random, target) {
      const program = new Program();
      for (let left = random.below(8); left >= 0; left--) goodCall(random, program, target).do("record");
      return { program, timeout: random.pick([1e-9, 0.001, 0.005, 0.02, 0.05, 0.1]) };
    },
  },
];

/** Kinds of hostile runs, one row for each kind. */
export const PROGRAM_KINDS: readonly ProgramKind[] = [...messageKinds, ...PHASE_KINDS, ...OTHERS];
