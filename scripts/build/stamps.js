// Remembers the hashes of the inputs of each step's last run, in .cache/build.json.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { inRoot } from "../project.js";

const FILE = ".cache/build.json";

export class Stamps {
  #stamps = readStamps();
  #hashes = new Map();

  /** The inputs of a step that have changed, are new or are gone since its last run; and its missing outputs. */
  changes({ name, inputs, outputs }) {
    const before = this.#stamps[name] ?? {};
    return new Set([
      ...inputs.filter((path) => before[path] !== this.#hash(path)),
      ...Object.keys(before).filter((path) => !inputs.includes(path)),
      ...outputs.filter((path) => !existsSync(inRoot(path))),
    ]);
  }

  /** Remembers that a step was run. Its inputs count as they were when `changes` read them. */
  keep({ name, inputs }) {
    this.#stamps[name] = Object.fromEntries(inputs.map((path) => [path, this.#hash(path)]));
    mkdirSync(inRoot(".cache"), { recursive: true });
    // The file gets its name only when it is complete.
    writeFileSync(inRoot(`${FILE}.part`), JSON.stringify(this.#stamps, null, 1));
    renameSync(inRoot(`${FILE}.part`), inRoot(FILE));
  }

  #hash(path) {
    const known = this.#hashes.get(path);
    if (known !== undefined) return known;
    const hash = createHash("sha256")
      .update(readFileSync(inRoot(path)))
      .digest("base64");
    this.#hashes.set(path, hash);
    return hash;
  }
}

function readStamps() {
  try {
    return JSON.parse(readFileSync(inRoot(FILE), "utf8"));
  } catch {
    // There is no file yet, or it cannot be read. Then everything is built.
    return {};
  }
}
