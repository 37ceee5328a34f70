import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { describe, it } from "node:test";
import { promisify } from "node:util";
import { inRoot } from "../support/root.ts";

const run = async (...args: string[]): Promise<string> => {
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return stdout;
};

describe("npm start", { timeout: 120_000 }, () => {
  it("tells its story to the end, in plain text if nobody looks", async () => {
    const stdout = await run(inRoot("scripts/start.js"), "--waiting", "300");
    assert.match(stdout, /^You will see scripts that nobody trusts: /);
    assert.match(stdout, /customers\/7: 200 \{"name":"Ada","plan":"free"\}\n/);
    assert.match(stdout, /DELETE customers\/7: DENIED\n/);
    assert.match(stdout, /169\.254\.169\.254\/latest\/meta-data\/: DENIED\n/);
    assert.match(stdout, /\n {4}200 \{"name":"Ada","plan":"free"\}\n/);
    assert.match(stdout, /It was ended with COMPUTE_LIMIT: /);
    assert.match(stdout, /✔ 300 scripts wait in this process, /);
    assert.match(stdout, /✔ 300 of 300 ended with its answer\.\n$/);
    assert.ok(!stdout.includes("a-secret-that-no-script-sees"));
    assert.ok(!stdout.includes("\u001b"));
  });

  it("says which number it does not understand", async () => {
    await assert.rejects(run(inRoot("dist/examples/start.js"), "--waiting", "1e5"), {
      code: 2,
      stderr: '--waiting: must be a number of scripts, not "1e5"\n',
    });
  });
});

describe("the example scripts in AssemblyScript", { timeout: 120_000 }, () => {
  it("run in the sandbox", async () => {
    const stdout = await run(inRoot("dist/examples/run-scripts.js"));
    assert.match(stdout, /> attempt 2: status 503\n {2}> delivered with attempt 3\n\n {2}= 3,/);
    assert.match(stdout, /> uploaded 77 bytes: 200\n/);
    assert.match(stdout, /> 1000 × status 200\n/);
  });
});

/** Prints whether Node's own fetch, which takes longer to load than a call, is loaded now and was not before. */
const FIRST_CALL = `
  const isLoaded = () => Object.getOwnPropertyDescriptor(globalThis, "FormData").get === undefined;
  const wasLoaded = isLoaded();
  const { createHttpBackground } = await import(process.argv[1]);
  const http = await createHttpBackground({ threads: [{ id: "t" }] });
  await http.http_background("t", "gopher://a.test/");
  await http.http_background("t", "gopher://a.test/", {}, "text");
  await http.http_background("t", "gopher://a.test/", {}, Buffer.from("bytes"));
  console.log(isLoaded() && !wasLoaded);`;

describe("the first call", () => {
  it("does not load Node's own fetch", async () => {
    const entry = inRoot("dist/host/index.js");
    assert.equal(await run("--input-type=module", "--eval", FIRST_CALL, entry), "false\n");
  });
});
