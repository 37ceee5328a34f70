import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { HttpBackgroundError } from "../../host/index.ts";
import type { Script } from "../../host/script/index.ts";
import { failureOf, ScriptWorld } from "../support/script-runtime.ts";

const SOURCE = `import { args, echo, File, Form, http_background, Options } from "http-background/assembly";

export function header(): void {
  const file = File.fromText("a".repeat(5015));
  http_background("default", args()[0], { headers: [args()[1]] }, file);
}
export function sized(): void {
  const file = File.named("mail");
  http_background("default", args()[0], { headers: ["Content-Length: " + file.size.toString()] }, file);
  http_background("default", args()[0], { headers: [\`Content-Length: \${file.size}\`] }, file);
  echo(file.size);
}
export function thread(): void {
  http_background(args()[1], args()[0]);
}
export function part(): void {
  const form = new Form().add("first", { data: "x" }).add(null, { data: "y" });
  form.add("second", { data: new Map<string, string>() });
  http_background("default", args()[0], null, form);
}
export function nameless(): void {
  http_background("default", args()[0], null, new Form().add(null, { data: "x" }).add(null, { data: new Form() }));
}
export function post(): void {
  http_background("default", args()[0], null, new Map<string, string>());
}
export function number(): void {
  const options: Options = {};
  const value = f64.parse(args()[2]);
  const name = args()[1];
  if (name == "timeout") options.timeout = value;
  if (name == "connect_timeout") options.connect_timeout = value;
  if (name == "max_file_size") options.max_file_size = value;
  if (name == "redirects") options.redirects = value;
  http_background("default", args()[0], options);
}
`;

describe("a mistake of a script", () => {
  let world: ScriptWorld;
  let folder: string;
  let script: Script;
  before(async () => {
    world = await ScriptWorld.create();
    folder = await mkdtemp(join(tmpdir(), "http-background-mistakes-"));
    await writeFile(join(folder, "mistakes.ts"), SOURCE);
    script = await world.runtime().compile(join(folder, "mistakes.ts"));
  });
  after(async () => {
    await world.close();
    await rm(folder, { recursive: true });
  });

  /** The error of a run that makes no request. */
  async function mistakeOf(entry: string, ...args: string[]): Promise<HttpBackgroundError> {
    const before = world.server.requests.length;
    const error = await failureOf(script.run(entry, { args: [world.server.base, ...args] }));
    assert.equal(error.code, "SCRIPT_ABORTED", error.message);
    assert.match(error.message, / at mistakes\.ts:\d+:\d+$/);
    assert.ok(error.cause instanceof HttpBackgroundError);
    assert.equal(error.message.replace(/ at mistakes\.ts:\d+:\d+$/, ""), error.cause.message);
    assert.equal(world.server.requests.length, before);
    return error.cause;
  }

  for (const value of ["5015.0", "abc", "", "+3", "NaN", "-1", "1e3"]) {
    it(`names the header of a length that is none: "${value}"`, async () => {
      const { code, option, message } = await mistakeOf("header", `Content-Length: ${value}`);
      assert.deepEqual([code, option], ["BAD_OPTION", "headers"]);
      assert.equal(message, `Bad headers value: "Content-Length: ${value}" has no whole number of bytes`);
    });
  }

  it("is none where the size of a File is put into its header", async () => {
    const { output } = await script.run("sized", {
      args: [world.server.base],
      files: { mail: Buffer.alloc(5015, "a") },
    });
    assert.equal(output, "5015\n");
    const requests = world.server.requests.slice(-2);
    assert.deepEqual(
      requests.map(({ framing, body }) => [framing, body.length]),
      [
        ["length", 5015],
        ["length", 5015],
      ],
    );
  });

  const sentenceOf = ({ cause }: HttpBackgroundError): string => (cause as Error).message;

  it("names the id that is none, and those that there are", async () => {
    for (const id of ["nope", "", "gr\u00fc\u00dfe", "x".repeat(500)]) {
      const mistake = await mistakeOf("thread", id);
      assert.deepEqual([mistake.code, mistake.option], ["UNKNOWN_THREAD", "id"]);
      assert.equal(mistake.message, "Missing ID in configuration");
      const shown = JSON.stringify(id.slice(0, 100));
      assert.equal(sentenceOf(mistake), `there is no thread ${shown}; the configuration has "default"`);
    }
  });

  it("names the part of a form that has no data", async () => {
    for (const [entry, option] of [
      ["part", "post.second.data"],
      ["nameless", "post.1.data"],
    ] as const) {
      const mistake = await mistakeOf(entry);
      assert.deepEqual([mistake.code, mistake.message], ["BAD_ARGUMENT", "Bad data type"]);
      assert.equal(mistake.option, option);
      assert.equal(sentenceOf(mistake), `${option} must be text, bytes or a File that is open`);
    }
  });

  it("names the post that is none", async () => {
    const mistake = await mistakeOf("post");
    assert.deepEqual([mistake.message, mistake.option], ["Bad type of POST parameter", "post"]);
    assert.match(sentenceOf(mistake), /^post must be text, bytes, a File, or an object of parts$/);
  });

  for (const name of ["timeout", "connect_timeout", "max_file_size", "redirects"]) {
    for (const value of ["NaN", "Infinity", "-Infinity"]) {
      it(`names the option that is no finite number: ${name}, ${value}`, async () => {
        const mistake = await mistakeOf("number", name, value);
        const { code, option, message } = mistake;
        assert.deepEqual([code, option, message], ["BAD_OPTION", name, `Bad ${name} value`]);
        assert.equal(sentenceOf(mistake), `${name} must be a finite number`);
      });
    }
  }
});
