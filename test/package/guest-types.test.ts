import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { PreludeEngine } from "../support/javascript/prelude-engine.ts";
import { inRoot, ROOT, readText } from "../support/root.ts";

const EXAMPLES = "examples/javascript";
const TSC = inRoot("node_modules/typescript/bin/tsc");

/** Uses that the compiler must take, and lines that it must not take. */
const USE = `
import { args, Content, echo, File, HttpBackgroundError, http_background, makeFetch, X509 } from "http-background/guest";

export default async function main(): Promise<unknown> {
  const reply = await http_background("default", new URL("http://x"), { timeout: 5, headers: ["A: 1"] }, { a: { data: File.named("a") } });
  if (reply.error) throw new Error(reply.code);
  const text: string = \`\${reply.content}\` + JSON.parse(reply.content).name + reply.headers.get("a");
  const response = await makeFetch("other", { timeout: 5 })("http://x", { method: "POST", body: reply.content });
  for (const [name, value] of response.headers) echo(name + value);
  for await (const piece of response.body ?? []) echo(piece.length);
  const [first = ""] = args();
  const [bytes] = args<string | Uint8Array>();
  echo((await fetch(first)).status + (typeof bytes === "string" ? bytes.length : 0));
  const { status = 0, url } = await http_background("default", first);
  echo(status + (url ?? ""));
  const content: Content = reply.content;
  // @ts-expect-error: the name of an option is wrong
  await http_background("default", "http://x", { timout: 5 });
  // @ts-expect-error: a value is of a wrong type
  await http_background("default", "http://x", { timeout: "5" });
  // @ts-expect-error: the name is missing
  File.named();
  // @ts-expect-error: that is no post
  await http_background("default", "http://x", {}, 5);
  // @ts-expect-error: there is no document
  document.title;
  // @ts-expect-error: there is no process
  process.env;
  // @ts-expect-error: it may have failed
  (await http_background("default", "http://x")).content.bytes;
  return [args(), text, content.bytes, X509.has("a"), error instanceof HttpBackgroundError];
}
declare const error: unknown;
`;

/** The examples of the documentation. */
const SNIPPETS = Object.fromEntries(
  [...readText("docs/javascript-library.md").matchAll(/```js\n(.*?)```/gs)].map(([, text = ""], i) => [
    `docs-${i}.js`,
    text,
  ]),
);

function compile(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), "guest-types-"));
  try {
    mkdirSync(join(folder, "node_modules"));
    symlinkSync(ROOT, join(folder, "node_modules/http-background"), "junction");
    for (const name of readdirSync(inRoot(EXAMPLES)))
      copyFileSync(inRoot(`${EXAMPLES}/${name}`), join(folder, name));
    for (const [name, text] of Object.entries({ ...files, ...SNIPPETS }))
      writeFileSync(join(folder, name), text);
    return spawnSync(process.execPath, [TSC, "-p", folder], { encoding: "utf8" }).stdout;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe("the types of scripts in JavaScript", () => {
  it("take the examples, those of the documentation and a use of everything, and refuse mistakes", () => {
    const output = compile({
      "tsconfig.json": '{ "extends": "http-background/guest/tsconfig.json" }',
      "use.mts": USE,
    });
    assert.equal(output, "");
  });

  it("declare what the module exports", async () => {
    using engine = await PreludeEngine.start();
    const declared = [
      ...readText("guest.d.ts").matchAll(/^export (?:\{ \w+ as (\w+) \}|(?:class|function) (\w+))/gm),
    ];
    assert.deepEqual(
      declared.map(([, one, other]) => one ?? other).sort(),
      engine.run("return Object.keys(guest).sort()"),
    );
  });
});
