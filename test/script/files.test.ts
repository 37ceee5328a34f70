import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { Script } from "../../host/script/index.ts";
import { ScriptWorld } from "../support/script-runtime.ts";

const SOURCE = `import { args, echo, File, Form, http_background, Reply } from "http-background/assembly";

function post(options: string, file: Object): Reply {
  return http_background("default", args()[0], { encoder: options }, file);
}
export function posts(): void {
  const bytes = new Uint8Array(3);
  bytes[1] = 0xff;
  post("", File.fromBytes(bytes));
  post("base64", File.fromText("grüße"));
  post("", File.fromText(""));
  post("", new Form().add("f", { data: File.fromText("€"), encoder: "base64", filename: "a.txt" }));
}
export function forwards(): void {
  const reply = post("", "a");
  post("", reply.file);
  echo(reply.text);
  post("base64", reply.file);
  reply.release();
  post("", reply.file);
  const failed = http_background("default", "http://127.0.0.1:1/");
  post("", failed.file);
  const forgotten = post("", "b");
  const file = forgotten.file;
  forgotten.release();
  const refused = post("", file);
  echo(refused.code);
}
export function reads(): void {
  const file = File.fromText("abcdef");
  echo(file.size);
  for (let offset = -1; offset < 8; offset += 3) echo(file.read(offset, 2));
  echo(file.read(1, 100));
  const reply = post("", "a").file;
  echo(reply.size);
  echo(reply.read(1, 100));
}
export function large(): void {
  post("base64", File.fromBytes(new Uint8Array(1_000_000)));
}
`;

describe("a File that a script makes", () => {
  let world: ScriptWorld;
  let folder: string;
  let script: Script;
  before(async () => {
    world = await ScriptWorld.create();
    folder = await mkdtemp(join(tmpdir(), "http-background-files-"));
    await writeFile(join(folder, "files.ts"), SOURCE);
    script = await world.runtime().compile(join(folder, "files.ts"));
  });
  after(async () => {
    await world.close();
    await rm(folder, { recursive: true });
  });

  const run = async (entry: string) => {
    const before = world.server.requests.length;
    const { output } = await script.run(entry, { args: [world.server.base] });
    return { output, requests: world.server.requests.slice(before) };
  };
  const bodies = (requests: typeof world.server.requests): string[] =>
    requests.map(({ body }) => body.toString());

  it("of bytes or text is sent as a File is", async () => {
    const { requests } = await run("posts");
    const form = requests.pop();
    assert.deepEqual(bodies(requests), [
      Buffer.from([0, 255, 0]).toString(),
      `${Buffer.from("grüße").toString("base64")}\n`,
      "",
    ]);
    for (const { headers } of requests) {
      assert.deepEqual(
        headers.filter(([name]) => /^content-type$/i.test(name)).map(([, value]) => value),
        ["application/octet-stream"],
      );
    }
    assert.match(form?.body.toString() ?? "", /filename="a\.txt"\r\n.*base64\r\n\r\n4oKs\r\n/s);
  });

  it("of a reply's content is sent, whether that was read or not, until it is released", async () => {
    const { requests, output } = await run("forwards");
    assert.deepEqual(bodies(requests), ["a", "ok", "b2s=\n", "ok", "", "b"]);
    assert.equal(output, "ok\nBAD_FUNCTION_ARGUMENT\n");
  });

  it("can be read", async () => {
    assert.equal((await run("reads")).output, "6\n\ncd\nf\nbcdef\n2\nk\n");
  });

  it("may be large", async () => {
    const { requests } = await run("large");
    const lines = Buffer.alloc(1_000_000)
      .toString("base64")
      .replace(/.{1,64}/g, "$&\n");
    assert.equal(requests[0]?.body.toString(), lines);
  });
});
