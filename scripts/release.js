// Makes the tarball of a release in release/, twice, and compares both: whoever builds the same commit gets the same bytes.
// Usage: node scripts/release.js [--tag vX.Y.Z]   (the tag must be that of package.json)
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { inRoot, read } from "./project.js";

const FOLDER = inRoot("release");
/** Where each of the two is built. Nothing of it may be in the tarball. */
const BUILDS = [
  { folder: "first", env: {} },
  { folder: "second/in another", env: { TZ: "Asia/Tokyo", LC_ALL: "C" } },
];
/** The modes of the files are in the tarball, and they are what this leaves. */
process.umask(0o022);

const { values } = parseArgs({ options: { tag: { type: "string" } } });
const { version } = JSON.parse(read("package.json"));
if (values.tag !== undefined && values.tag !== `v${version}`)
  fail(`the tag is ${values.tag}, the version ${version}`);
if (!read("CHANGELOG.md").includes(`\n## ${version}`)) fail(`CHANGELOG.md has no section "## ${version}"`);
const changed = output("git", ["status", "--porcelain"]);
if (changed !== "") fail(`there are changes that are not committed:\n${changed}`);

const folder = mkdtempSync(join(tmpdir(), "http-background-release-"));
try {
  const tarballs = BUILDS.map((build) => pack(join(folder, build.folder), build.env));
  const [first, second] = tarballs.map((path) => hashOf(path));
  if (first !== second) fail("two builds of this commit differ");
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER);
  const name = `http-background-${version}.tgz`;
  cpSync(tarballs[0], join(FOLDER, name));
  writeFileSync(join(FOLDER, "SHA512"), `${first}  ${name}\n`);
  console.log(`release/${name}\nsha512 ${first}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Builds the commit in a clone of its own, which has nothing that is not committed. */
function pack(target, env) {
  const clone = join(target, "clone");
  output("git", ["clone", "--quiet", inRoot("."), clone]);
  output("npm", ["ci", "--silent"], { cwd: clone, env });
  output("npm", ["pack", "--silent", "--pack-destination", target], { cwd: clone, env });
  return join(target, readdirSync(target).find((name) => name.endsWith(".tgz")) ?? "");
}

function hashOf(path) {
  return createHash("sha512").update(readFileSync(path)).digest("hex");
}

function output(command, args, { cwd = inRoot("."), env = {} } = {}) {
  const { status, stdout, error } = spawnSync(command, args, {
    cwd,
    env: { ...process.env, ...env },
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (error) throw error;
  if (status !== 0) fail(`${command} ${args.join(" ")} ended with ${status}`);
  return stdout.trim();
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
