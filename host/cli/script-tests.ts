import { type Dirent, existsSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isKeyed } from "../api/keyed.ts";
import { nearestName } from "../api/nearest-name.ts";
import { Mistake } from "./command.ts";
import { parseFile } from "./config-file.ts";

/** How a script is tested once, as a file says it. */
export interface ScriptTest {
  readonly name: string;
  readonly args: readonly string[];
  readonly entry: string | undefined;
  /** Names and paths of files that are granted. */
  readonly files: Readonly<Record<string, string>>;
  /** What the script may reach; undefined for everything. */
  readonly allow: readonly string[] | undefined;
  readonly timeout: number | undefined;
  readonly when: readonly Members[];
  readonly expect: Expectation;
}

/** What a script is expected to do. What is undefined may be anything. */
export interface Expectation {
  readonly output: string | undefined;
  readonly result: unknown;
  /** The code of the error that ends the run; undefined if none does. */
  readonly code: string | undefined;
  /** The number of requests. */
  readonly requests: number | undefined;
}

/** The tests of one file. */
export interface ScriptTestFile {
  readonly path: string;
  /** Path of the script. */
  readonly script: string;
  readonly tests: readonly ScriptTest[];
}

/** An object of a file. */
export type Members = Readonly<Record<string, unknown>>;

const NAME = /\.test\.(?:yaml|yml|json)$/;
const SCRIPTS = [".ts", ".js", ".mjs", ".mts", ".wasm"];
const FILE_KEYS = ["script", "tests"];
const TEST_KEYS = ["name", "args", "entry", "files", "allow", "timeout", "when", "expect"];
const EXPECT_KEYS = ["output", "result", "code", "requests"];

/** The files of tests in a folder and below it, or the file itself, in order. @throws Mistake if there are none */
export async function findTests(path: string): Promise<string[]> {
  const found = await stat(path).catch(() => null);
  if (found === null) throw new Mistake(`there is no "${path}"`);
  if (found.isFile()) return [path];
  const entries: Dirent[] = await readdir(path, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && NAME.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !file.includes("node_modules"));
  if (files.length === 0) throw new Mistake(`${path}: there is no file *.test.yaml or *.test.json in it`);
  return files.sort();
}

/** Reads a file of tests. @throws Mistake, which names the file and the key */
export async function readTests(path: string): Promise<ScriptTestFile> {
  const document = asMembers(await parseFile(path), path, FILE_KEYS);
  if (!Array.isArray(document.tests) || document.tests.length === 0)
    throw new Mistake(`${path}: tests: must be a list of tests`);
  return {
    path,
    script: scriptOf(path, document.script),
    tests: document.tests.map((test, index) => readTest(test, path, `tests[${index}]`)),
  };
}

function scriptOf(path: string, given: unknown): string {
  if (typeof given === "string") return join(dirname(path), given);
  if (given !== undefined) throw new Mistake(`${path}: script: must be a path`);
  const found = SCRIPTS.map((extension) => path.replace(NAME, extension)).find(existsSync);
  if (found === undefined)
    throw new Mistake(`${path}: script: is missing, and there is no script of the same name`);
  return found;
}

function readTest(given: unknown, path: string, where: string): ScriptTest {
  const at = `${path}: ${where}`;
  const test = asMembers(given, at, TEST_KEYS);
  const files = asMembers(test.files ?? {}, `${at}.files`);
  return {
    name: read(test, "name", "string", at) ?? where,
    args: asTexts(test.args ?? [], `${at}.args`),
    entry: read(test, "entry", "string", at),
    files: Object.fromEntries(
      Object.keys(files).map((name) => [
        name,
        join(dirname(path), read(files, name, "string", `${at}.files`) ?? ""),
      ]),
    ),
    allow: test.allow === undefined ? undefined : asTexts(test.allow, `${at}.allow`),
    timeout: read(test, "timeout", "number", at),
    when: asList(test.when ?? [], `${at}.when`).map((fake, index) => asMembers(fake, `${at}.when[${index}]`)),
    expect: readExpectation(test.expect ?? {}, `${at}.expect`),
  };
}

function readExpectation(given: unknown, at: string): Expectation {
  const expect = asMembers(given, at, EXPECT_KEYS);
  return {
    output: read(expect, "output", "string", at),
    result: expect.result,
    code: read(expect, "code", "string", at),
    requests: read(expect, "requests", "number", at),
  };
}

function read<T extends "string" | "number">(
  members: Members,
  key: string,
  type: T,
  at: string,
): (T extends "string" ? string : number) | undefined {
  const value = members[key];
  if (value !== undefined && typeof value !== type)
    throw new Mistake(`${at}.${key}: must be a ${type === "string" ? "text" : "number"}`);
  return value as never;
}

function asMembers(value: unknown, at: string, keys?: readonly string[]): Members {
  if (!isKeyed(value))
    throw new Mistake(`${at}: must be an object${keys === undefined ? "" : ` with ${keys.join(", ")}`}`);
  const unknown = keys === undefined ? undefined : Object.keys(value).find((key) => !keys.includes(key));
  if (unknown === undefined) return value as Members;
  const nearest = nearestName(unknown, keys ?? []);
  const question = nearest === undefined ? "" : `; did you mean ${nearest}?`;
  throw new Mistake(`${at}.${unknown}: there is no such key; the keys are ${keys?.join(", ")}${question}`);
}

function asList(value: unknown, at: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new Mistake(`${at}: must be a list`);
}

function asTexts(value: unknown, at: string): string[] {
  const list = asList(value, at);
  if (!list.every((one) => typeof one === "string")) throw new Mistake(`${at}: must be a list of texts`);
  return list as string[];
}
