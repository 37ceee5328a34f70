import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { HttpBackgroundError } from "../../api/errors.ts";

/** The context of a test of `node:test`. */
export interface NodeTest {
  readonly fullName?: string | undefined;
  readonly name?: string | undefined;
  readonly filePath?: string | undefined;
}

/** The context of a test of Vitest. */
export interface VitestTest {
  readonly task: VitestTask;
}

interface VitestTask {
  readonly name: string;
  readonly suite?: VitestTask | undefined;
  readonly file: { readonly filepath: string };
}

/** What `expect.getState()` gives, of Jest and of Vitest. */
export interface ExpectState {
  readonly currentTestName?: string | undefined;
  readonly testPath?: string | undefined;
}

/** The cassette of one test. */
export interface NamedCassette {
  /** Path of its file. */
  readonly file: string;
  /** The full name of the test, which is in the file. */
  readonly test: string;
}

/** How long the name of a file becomes: in characters, and in bytes, of which file systems take 255. */
const LONGEST_NAME = 120;
const MOST_BYTES = 200;

/**
 * The cassette of a test: `cassettes/FILE/NAME.har` beside the file of the test.
 *
 * @param test The context of a test of `node:test` or of Vitest, or `expect.getState()` of Jest.
 * @param options `folder`: where cassettes are, instead of beside the file of the test
 * @throws HttpBackgroundError BAD_ARGUMENT if it is none of them
 */
export function cassetteOf(
  test: NodeTest | VitestTest | ExpectState,
  { folder }: { readonly folder?: string | URL | undefined } = {},
): NamedCassette {
  // That of Vitest is a function.
  const isContext = (typeof test === "object" && test !== null) || typeof test === "function";
  const { name, path } = isContext ? read(test) : { name: "", path: "" };
  if (name === "" || (path === "" && folder === undefined)) {
    const message = "test: must be the context of a test, or expect.getState(), with its name and its file";
    throw new HttpBackgroundError("BAD_ARGUMENT", message, { option: "test" });
  }
  const given = folder instanceof URL ? fileURLToPath(folder) : folder;
  const file = path === "" ? [] : [basename(path).replace(/\.[cm]?[jt]sx?$/, "")];
  return {
    file: join(given ?? join(dirname(path), "cassettes"), ...file, `${fileName(name)}.har`),
    test: name,
  };
}

function read(test: NodeTest | VitestTest | ExpectState): { name: string; path: string } {
  if ("task" in test) return { name: namesOf(test.task).join(" > "), path: test.task.file.filepath };
  if ("currentTestName" in test) return { name: test.currentTestName ?? "", path: test.testPath ?? "" };
  const { fullName, name, filePath } = test as NodeTest;
  // Node 20 does not say it. There, each file is a program of its own.
  return { name: fullName ?? name ?? "", path: filePath ?? process.argv[1] ?? "" };
}

function namesOf({ name, suite }: VitestTask): string[] {
  return [...(suite === undefined ? [] : namesOf(suite)), name];
}

function fileName(name: string): string {
  const words = name.toLowerCase().match(/[\p{L}\p{N}]{1,200}/gu) ?? [];
  return beginningOf(words.join("-")) || "test";
}

function beginningOf(name: string): string {
  let shown = "";
  for (const character of name) {
    const longer = shown + character;
    if (longer.length > LONGEST_NAME || Buffer.byteLength(longer) > MOST_BYTES) break;
    shown = longer;
  }
  return shown;
}
