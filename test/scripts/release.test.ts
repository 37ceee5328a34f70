import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { NO_MODES } from "../support/platform.ts";
import { inRoot } from "../support/root.ts";

/** A package without dependencies, which needs no registry. */
const PACKAGE = { name: "http-background", version: "1.2.3", type: "module" };
const LOCK = { ...PACKAGE, lockfileVersion: 3, packages: { "": PACKAGE } };
const FILES: Readonly<Record<string, string>> = {
  "package.json": JSON.stringify(PACKAGE),
  "package-lock.json": JSON.stringify(LOCK),
  "CHANGELOG.md": "# Changelog\n\n## 1.2.3\n",
  ".gitignore": "release\n",
};
const COMMIT = ["-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "--quiet", "-m", "all"];

/** The line that the script writes beside the tarball, if it is run with this umask. */
function release(folder: string, umask: string): string {
  run(folder, "sh", "-c", `umask ${umask} && exec "$0" scripts/release.js`, process.execPath);
  return readFileSync(join(folder, "release/SHA512"), "utf8");
}

function run(folder: string, command: string, ...args: string[]): void {
  const { status, stderr } = spawnSync(command, args, { cwd: folder, encoding: "utf8" });
  assert.equal(status, 0, `${command} ${args.join(" ")}: ${stderr}`);
}

describe("the script that makes a release", { skip: NO_MODES }, () => {
  it("makes the same bytes of a commit, whoever runs it", (t) => {
    const folder = mkdtempSync(join(tmpdir(), "release-"));
    t.after(() => rmSync(folder, { recursive: true }));
    mkdirSync(join(folder, "scripts"));
    for (const name of ["project.js", "release.js"])
      cpSync(inRoot(`scripts/${name}`), join(folder, "scripts", name));
    for (const [name, text] of Object.entries(FILES)) writeFileSync(join(folder, name), text);
    for (const args of [["init", "--quiet"], ["add", "."], COMMIT]) run(folder, "git", ...args);
    const line = release(folder, "022");
    assert.match(line, /^[0-9a-f]{128} {2}http-background-1\.2\.3\.tgz\n$/);
    assert.equal(release(folder, "077"), line);
  });
});
