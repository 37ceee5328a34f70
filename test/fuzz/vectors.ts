import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { inRoot } from "../support/root.ts";
import type { Find } from "./fuzzer.ts";

const FOLDER = "test/vectors/fuzz";
/** Longer inputs are written as repeated pieces, or as base64 if that does not make them shorter. */
const LONGEST_TEXT = 400;
const LONGEST_UNIT = 200;

/** Bytes, with one character for each byte: text, or pieces of text and how often each comes. */
type Written = string | readonly (readonly [text: string, count: number])[];

/** A file of the folder: an input for which something was wrong once. */
export interface FuzzVector {
  readonly target: string;
  readonly why: string;
  readonly inputs: readonly Written[];
}

export function loadFuzzVectors(): { name: string; vector: FuzzVector }[] {
  const names = readdirSync(inRoot(FOLDER)).filter((name) => name.endsWith(".json"));
  return names.sort().map((name) => {
    return { name, vector: JSON.parse(readFileSync(inRoot(`${FOLDER}/${name}`), "utf8")) };
  });
}

/** @returns Path of the file */
export function writeFind({ target, why, inputs, number }: Find, seed: number): string {
  const vector: FuzzVector = { target, why, inputs: inputs.map(writeInput) };
  const path = `${FOLDER}/${target}-${seed}-${number}.json`;
  mkdirSync(inRoot(FOLDER), { recursive: true });
  writeFileSync(inRoot(path), `${JSON.stringify(vector, null, 2)}\n`);
  return path;
}

export function readInput(written: Written): Buffer {
  const runs = typeof written === "string" ? [[written, 1] as const] : written;
  return Buffer.concat(runs.map(([text, count]) => Buffer.alloc(text.length * count, text, "latin1")));
}

export function writeInput(input: Buffer): Written {
  const text = input.toString("latin1");
  return text.length <= LONGEST_TEXT ? text : writeRuns(text);
}

/** At each position, looks for the shortest unit that is repeated there, and continues after it. */
function writeRuns(text: string): Written {
  const runs: [string, number][] = [];
  let plain = "";
  for (let at = 0; at < text.length; ) {
    const { unit, count } = repetitionAt(text, at);
    if (count < 3) {
      plain += text.charAt(at++);
      continue;
    }
    if (plain !== "") runs.push([plain, 1]);
    plain = "";
    runs.push([unit, count]);
    at += unit.length * count;
  }
  return plain === "" ? runs : [...runs, [plain, 1]];
}

function repetitionAt(text: string, at: number): { unit: string; count: number } {
  for (let length = 1; length <= LONGEST_UNIT; length++) {
    const unit = text.slice(at, at + length);
    if (!text.startsWith(unit, at + length)) continue;
    let count = 1;
    while (text.startsWith(unit, at + count * length)) count++;
    if (count * length > LONGEST_TEXT / 4) return { unit, count };
  }
  return { unit: "", count: 0 };
}
