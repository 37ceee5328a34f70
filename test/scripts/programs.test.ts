import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { inRoot } from "../support/root.ts";

const { freePorts, startProgram, stopAll } = await import(
  pathToFileURL(inRoot("scripts/peers/program.js")).href
);

const listening = (port: number): string[] => [
  "-e",
  `require("net").createServer().listen(${port}, "127.0.0.1")`,
];

async function listens(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  const isOpen = await once(socket, "connect").then(
    () => true,
    () => false,
  );
  socket.destroy();
  return isOpen;
}

describe("the programs that are peers", () => {
  it("are all stopped, also if one of them does not start", async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "programs-"));
    t.after(() => rmSync(folder, { recursive: true }));
    const [first, second] = (await freePorts(2)) as [number, number];
    const command = process.execPath;
    await startProgram({ name: "first", command, args: listening(first), port: first, folder });
    assert.equal(await listens(first), true);
    const failing = { name: "second", command, args: ["-e", "process.exit(3)"], port: second, folder };
    await assert.rejects(startProgram(failing), /second does not start: 3/);
    await assert.rejects(
      startProgram({ ...failing, name: "third", command: "/none" }),
      /third does not start/,
    );
    await stopAll();
    assert.equal(await listens(first), false);
  });
});
