import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import fs, { mkdtemp, rm } from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { describe, it } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { promisify } from "node:util";
import { PathTarget } from "../../host/into/path-target.ts";

/** After so many turns of the event loop, a file is open. */
const TURNS = 25;
const NO_DEVICES = process.platform === "win32";

describe("a path", () => {
  it("has nothing beside it when it was abandoned, at whatever moment of being opened", async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "path-target-"));
    t.after(() => rm(folder, { recursive: true }));
    for (let turns = 0; turns < TURNS; turns++) {
      const target = new PathTarget(join(folder, "content"));
      let isOpening = true;
      const opening = target.open().catch(() => {});
      void opening.then(() => {
        isOpening = false;
      });
      for (let turn = 0; turn < turns; turn++) await nextTurn();
      await target.abandon(new Error("the call has failed"));
      const seen = readdirSync(folder);
      for (; isOpening; await nextTurn()) seen.push(...readdirSync(folder));
      assert.deepEqual(seen, [], `after ${turns} turns`);
    }
  });

  it("does not wait for a device that stands still", { skip: NO_DEVICES }, async (t) => {
    // To close a file, Node waits for what is being written.
    const close = t.mock.fn(() => new Promise(() => {}));
    t.mock.method(fs, "open", async () => ({ close }));
    syncBuiltinESMExports();
    t.after(() => {
      t.mock.restoreAll();
      syncBuiltinESMExports();
    });
    const target = new PathTarget("/dev/null");
    await target.open();
    await target.abandon(new Error("the call has failed"));
    assert.equal(close.mock.callCount(), 1);
  });

  it("may be a link to a pipe that has no path", { skip: NO_DEVICES }, async () => {
    const url = new URL("../../host/into/path-target", import.meta.url).href + extname(import.meta.url);
    const code = `
      const { PathTarget } = await import(${JSON.stringify(url)});
      const target = new PathTarget("/dev/stdout");
      await target.open();
      await target.write(Buffer.from("content"));
      await target.finish();
      console.log(" goes on");`;
    const args = [...process.execArgv, "--input-type=module", "--eval", code];
    // Not an option of Node's: to a child of its own, it gives a socket.
    const script = 'exec "$0" "$@" | cat';
    const { stdout } = await promisify(execFile)("/bin/sh", ["-c", script, process.execPath, ...args]);
    assert.equal(stdout, "content goes on\n");
  });
});
