import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { Script } from "../../host/script/index.ts";
import { ScriptWorld } from "../support/script-runtime.ts";
import { assembleScript, call } from "../support/script-wat.ts";

/** Places in which a script can be suspended. Each outputs the text that `EXPECTED` has under its name. */
const SOURCE = `import { args, echo, http_background, Reply } from "http-background/assembly";

/** A suspension with garbage around it. A collection runs before and behind it where that is safe. */
function wait(path: string): string {
  let text = "";
  for (let i = 0; i < 50; i++) text += i.toString();
  collect();
  const reply = http_background("default", args()[0] + path, null, text);
  collect();
  return reply.text + path;
}

function collect(): void {
  COLLECT
}

function dive(depth: i32, kept: string): string {
  if (depth === 0) return wait("/deep");
  const own = kept + depth.toString();
  const deeper = dive(depth - 1, kept);
  return deeper + (own == kept + depth.toString() ? "." : "!");
}
export function recursion(): void {
  echo(dive(100, "a"));
}

interface Shape { name(): string; }
class Base implements Shape {
  name(): string { return "base"; }
  describe(): string { return this.name() + "/" + this.name(); }
}
class Waiting extends Base {
  name(): string { return wait("/virtual"); }
}
class Other implements Shape {
  name(): string { return wait("/interface"); }
}
export function virtual(): void {
  const bases: Base[] = [new Base(), new Waiting()];
  for (let i = 0; i < bases.length; i++) echo(bases[i].describe());
  const shape: Shape = new Other();
  echo(shape.name());
}

class Made {
  readonly first: string;
  readonly second: string = wait("/field");
  static count: i32 = 0;
  private value: i32 = 0;
  constructor() {
    this.first = wait("/constructor");
    Made.count++;
  }
  get text(): string { return this.first + wait("/getter"); }
  set number(value: i32) { this.value = value + wait("/setter").length; }
  get number(): i32 { return this.value; }
  @operator("+") plus(other: Made): string { return this.second + wait("/operator") + other.first; }
}
export function members(): void {
  const made = new Made();
  echo(made.text);
  made.number = 5;
  echo(made.number);
  echo(made + made);
  echo(Made.count);
}

export function callbacks(): void {
  const numbers = [3, 1, 2];
  echo(numbers.map<string>((n: i32): string => n.toString() + wait("/map")).join(" "));
  numbers.sort((a: i32, b: i32): i32 => { wait("/sort"); return a - b; });
  echo(numbers.toString());
  const chosen: (n: i32) => string = numbers[0] === 1 ? (n: i32): string => wait("/chosen") : (n: i32): string => "";
  echo(chosen(1));
}

function join3(a: string, b: string, c: string = wait("/default")): string { return a + b + c; }
export function expressions(): void {
  echo(join3(wait("/a"), wait("/b")));
  echo(\`\${wait("/c")} and \${wait("/d")}\`);
  echo(wait("/e").length > 100 || wait("/f").length > 0 ? wait("/g") : wait("/h"));
  let i = 0;
  do { switch (wait("/" + i.toString()).length) { case 4: i++; break; default: i += 100; } } while (i < 3);
  echo(i);
}

const NAN: u64 = 0x7ff8_0000_dead_beef;
export function locals(): void {
  let small: i8 = -1;
  let byte: u8 = 250;
  let short: i16 = -300;
  let truth = true;
  let int: i32 = i32.MIN_VALUE;
  let long: i64 = i64.MIN_VALUE;
  let unsigned: u64 = u64.MAX_VALUE;
  let float: f32 = 0.1;
  let double: f64 = -0.0;
  let none: f64 = reinterpret<f64>(NAN);
  let vector: v128 = i32x4(1, -2, 3, i32.MIN_VALUE);
  for (let i: i64 = 0; i < 4; i++) {
    wait("/loop");
    small--; byte++; short--; truth = !truth; int++; long++; unsigned--; float += 0.25;
    vector = i32x4.add(vector, i32x4.splat(1));
  }
  echo(\`\${small} \${byte} \${short} \${truth} \${int} \${long} \${unsigned} \${float} \${1 / double}\`);
  echo(reinterpret<u64>(none) === NAN);
  echo(\`\${i32x4.extract_lane(vector, 0)} \${i32x4.extract_lane(vector, 1)} \${i32x4.extract_lane(vector, 3)}\`);
}

const global = new Map<string, Reply[]>();
export function containers(): void {
  const map = new Map<string, i32>();
  const set = new Set<i64>();
  const nested: string[][] = [];
  const fixed = new StaticArray<f64>(4);
  for (let i = 0; i < 4; i++) {
    wait("/container");
    map.set("key" + i.toString(), i * i);
    set.add(i * 1_000_000_000_000);
    nested.push(["x" + i.toString(), wait("/nested")]);
    fixed[i] = <f64>i / 4;
    const replies: Reply[] = [];
    for (let k = 0; k < i; k++) replies.push(http_background("default", args()[0] + "/" + k.toString()));
    global.set("global" + i.toString(), replies);
  }
  echo(map.keys().join() + " " + map.values().join());
  echo(set.values().join());
  echo(nested.join(";"));
  echo(fixed.join());
  echo(global.get("global3")[2].text);
}
`;

const EXPECTED: Readonly<Record<string, string>> = {
  recursion: `ok/deep${".".repeat(100)}\n`,
  virtual: "base/base\nok/virtual/ok/virtual\nok/interface\n",
  members: "ok/constructorok/getter\n14\nok/fieldok/operatorok/constructor\n1\n",
  callbacks: "3ok/map 1ok/map 2ok/map\n1,2,3\nok/chosen\n",
  expressions: "ok/aok/bok/default\nok/c and ok/d\nok/g\n3\n",
  locals:
    "-5 254 -304 true -2147483644 -9223372036854775804 18446744073709551611 1.1 -Infinity\ntrue\n5 2 -2147483644\n",
  containers:
    "key0,key1,key2,key3 0,1,4,9\n0,1000000000000,2000000000000,3000000000000\n" +
    "x0,ok/nested;x1,ok/nested;x2,ok/nested;x3,ok/nested\n0.0,0.25,0.5,0.75\nok\n",
};

/**
 * Where the garbage collector may run. The incremental one knows what a suspended call holds; the minimal one knows
 * only globals.
 */
const RUNTIMES = [
  ["incremental", "__collect();"],
  ["minimal", ""],
  ["stub", "__collect();"],
] as const;

/** Everything that it holds is global. */
const HOLDER = `import { args, echo, http_background } from "http-background/assembly";
let texts: string[] = [];
let map = new Map<i32, string>();
let round = 0;
export function main(): void {
  for (round = 0; round < 5; round++) {
    hold();
    __collect();
    ask();
    __collect();
  }
  echo(texts.join() + " " + map.values().join());
}
function hold(): void {
  for (let i = 0; i < 100; i++) ("garbage" + i.toString()).repeat(10);
  texts.push(args()[1] + round.toString());
  map.set(round, texts[round].toUpperCase());
}
function ask(): void {
  http_background("default", args()[0]).release();
}
`;

describe("a script that waits", () => {
  let world: ScriptWorld;
  let folder: string;
  before(async () => {
    world = await ScriptWorld.create();
    folder = await mkdtemp(join(tmpdir(), "http-background-parking-"));
  });
  after(async () => {
    await world.close();
    await rm(folder, { recursive: true });
  });

  const compile = async (name: string, source: string, runtime: "incremental" | "minimal" | "stub") => {
    const path = join(folder, `${name}.ts`);
    await writeFile(path, source);
    return world.runtime().compile(path, { runtime, optimizeLevel: 1, enable: ["simd"] });
  };

  for (const [runtime, collect] of RUNTIMES) {
    it(`goes on where it was, wherever that is: ${runtime}`, async () => {
      const script = await compile(runtime, SOURCE.replace("COLLECT", collect), runtime);
      const entries = Object.keys(EXPECTED);
      const runs = Array.from({ length: 3 * entries.length }, (_, i): [string, ReturnType<Script["run"]>] => {
        const entry = entries[i % entries.length] ?? "";
        return [entry, script.run(entry, { args: [world.server.base] })];
      });
      for (const [entry, run] of runs) assert.equal((await run).output, EXPECTED[entry], entry);
    });
  }

  for (const runtime of ["incremental", "minimal"] as const) {
    it(`keeps what its globals hold when the collector runs: ${runtime}`, async () => {
      const script = await compile(`holder-${runtime}`, HOLDER, runtime);
      const names = Array.from({ length: 30 }, (_, i) => `run${i}-`);
      const runs = names.map((name) => script.run("main", { args: [world.server.base, name] }));
      for (const [i, run] of runs.entries()) {
        const texts = [0, 1, 2, 3, 4].map((round) => `${names[i]}${round}`).join();
        assert.equal((await run).output, `${texts} ${texts.toUpperCase()}\n`);
      }
    });
  }

  it("keeps its globals of every type, to the bit but for what no number is", async () => {
    const script = await world.runtime().load(
      assembleScript({
        body: `
          (global $int (mut i32) (i32.const 0)) (global $long (mut i64) (i64.const 0))
          (global $float (mut f32) (f32.const 0)) (global $double (mut f64) (f64.const 0))
          (func (export "main") (result i32)
            (global.set $int (i32.const -2147483648))
            (global.set $long (i64.const -9223372036854775807))
            (global.set $float (f32.reinterpret_i32 (i32.const 0x80000001)))
            (global.set $double (f64.reinterpret_i64 (i64.const 0x800000000000beef)))
            (drop ${call("args")})
            (i32.and (i32.and (i32.eq (global.get $int) (i32.const -2147483648))
              (i64.eq (global.get $long) (i64.const -9223372036854775807)))
            (i32.and (i32.eq (i32.reinterpret_f32 (global.get $float)) (i32.const 0x80000001))
              (i64.eq (i64.reinterpret_f64 (global.get $double)) (i64.const 0x800000000000beef)))))`,
        data: { args: ["default", world.server.base] },
      }),
    );
    const other = script.run();
    assert.equal((await script.run()).result, 1);
    assert.equal((await other).result, 1);
  });
});
