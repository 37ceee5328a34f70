import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { ScriptWorld } from "../support/script-runtime.ts";

const IMPORT = 'import { args, echo } from "http-background/assembly";\n';
const NAME = "http_background_alloc";
const MAIN = "export function main(): i32 { args(); return 1; }\n";
const OWN = 'import { count } from "./alloc";\nexport function main(): i32 { args(); return 1 + count(); }\n';

/** An allocator that counts its calls. */
const ALLOC = `let calls = 0;
export function count(): i32 { return calls; }
export function ${NAME}(size: i32): usize { calls++; return heap.alloc(size); }
export { ${NAME} as alloc };
`;

/** Scripts that mention the name, but have no allocator of their own. */
const MENTIONS: readonly (readonly [what: string, source: string])[] = [
  ["a comment", `// ${NAME}\n${MAIN}`],
  ["a comment that looks like code", `/* export function ${NAME}(size: i32): usize {} */\n${MAIN}`],
  ["text", `${MAIN}export function say(): void { echo("export function ${NAME}"); }`],
  ["a template", `${MAIN}export function say(): void { echo(\`\${args().length} ${NAME}\`); }`],
  [
    "a function that is not exported",
    `${MAIN}function ${NAME}(): i32 { return 5; }\nexport function five(): i32 { return ${NAME}(); }`,
  ],
  ["a longer name", `${MAIN}export function ${NAME}s(): void {}`],
  ["a name in a namespace", `${MAIN}export namespace a { export function ${NAME}(): i32 { return 1; } }`],
  ["a method", `${MAIN}export class A { ${NAME}(): i32 { return 1; } }`],
  ["a name that is given away", `import { ${NAME} } from "./alloc";\n${MAIN}export { ${NAME} as other };`],
];

const EXPORTS: readonly (readonly [what: string, source: string])[] = [
  ["a function of its own", `${ALLOC}export function main(): i32 { args(); return 1 + calls; }`],
  ["a function under another name", `${OWN}import { alloc } from "./alloc";\nexport { alloc as ${NAME} };`],
  ["a function of another file", `${OWN}export { ${NAME} } from "./alloc";`],
  ["all of another file", `${OWN}export * from "./alloc";`],
  ["all of a file that has all of another", `${OWN}export * from "./all";`],
];

describe("the allocator of a script", () => {
  let world: ScriptWorld;
  let folder: string;
  before(async () => {
    world = await ScriptWorld.create();
    folder = await mkdtemp(join(tmpdir(), "http-background-alloc-"));
    await writeFile(join(folder, "alloc.ts"), ALLOC);
    await writeFile(join(folder, "all.ts"), 'export * from "./alloc";\n');
  });
  after(async () => {
    await world.close();
    await rm(folder, { recursive: true });
  });

  async function run(source: string): Promise<unknown> {
    const path = join(folder, "script.ts");
    await writeFile(path, IMPORT + source);
    const script = await world.runtime().compile(path, { optimizeLevel: 0 });
    return (await script.run("main", { args: ["a"] })).result;
  }

  for (const [what, source] of MENTIONS) {
    it(`is added to one whose name for it is only ${what}`, async () => {
      assert.equal(await run(source), 1);
    });
  }

  for (const [what, source] of EXPORTS) {
    it(`is not added to one that exports ${what}`, async () => {
      assert.ok(Number(await run(source)) > 1);
    });
  }
});
