import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, it } from "node:test";
import { promisify } from "node:util";
import { inRoot, readText } from "../support/root.ts";

/** It is inside the package, so that the files can import the package by its name. */
const FOLDER = inRoot(".cache/tutorial");
const PORT = "8080";

const run = promisify(execFile);

/** A port that is free now. The tutorial's is not, if somebody follows it on this machine. */
async function freePort(): Promise<string> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return String(port);
}

/** What the page says that a command prints: `node app.js # line`, or lines with `# ` below it. */
function sessions(page: string): [file: string, printed: string][] {
  return [...page.matchAll(/^```sh\nnode (\w+\.js)(?: # (.*))?\n((?:# .*\n)*)```$/gm)].map(
    ([, file = "", one, more = ""]) => [file, one ?? more.replace(/^# /gm, "").trimEnd()],
  );
}

describe("docs/tutorial.md", { timeout: 120_000 }, () => {
  it("works as it is written", async () => {
    const page = readText("docs/tutorial.md");
    const port = await freePort();
    rmSync(FOLDER, { recursive: true, force: true });
    mkdirSync(FOLDER, { recursive: true });
    for (const [, name = "", code = ""] of page.matchAll(/^```js\n\/\/ ([\w.]+\.js)\n(.*?)^```$/gms)) {
      writeFileSync(join(FOLDER, name), code.replaceAll(PORT, port));
    }
    const api = spawn(process.execPath, ["api.js"], { cwd: FOLDER });
    try {
      await ready(port);
      const wanted = sessions(page);
      assert.deepEqual(
        wanted.map(([file]) => file),
        ["request.js", "app.js", "hostile.js"],
      );
      for (const [file, printed] of wanted) {
        const { stdout } = await run(process.execPath, [file], { cwd: FOLDER });
        assert.equal(stdout.trimEnd(), printed, file);
      }
      const { stdout } = await run(process.execPath, ["--test", "hook.test.js"], { cwd: FOLDER });
      assert.match(stdout, /pass 1\b/);
    } finally {
      api.kill();
      rmSync(FOLDER, { recursive: true, force: true });
    }
  });
});

/** Waits until something listens. */
async function ready(port: string): Promise<void> {
  for (;;) {
    const isThere = await fetch(`http://127.0.0.1:${port}/`).then(
      () => true,
      () => false,
    );
    if (isThere) return;
  }
}
