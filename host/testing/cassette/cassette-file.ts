import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { TestKitError } from "../mistakes/test-kit-error.ts";
import { textOf } from "./archive-text.ts";
import type { Har, HarEntry } from "./har.ts";
import { plainEntry } from "./plain-entry.ts";

/** How large a cassette may be, in characters. */
export const LARGEST = 256 * 1024 * 1024;

/** Reads an archive; null if there is none. @throws TestKitError BAD_CASSETTE */
export async function readCassette(path: string): Promise<Har | null> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw new TestKitError("BAD_CASSETTE", `${path}: cannot be read`, error);
  }
  if (text.length > LARGEST)
    throw new TestKitError("BAD_CASSETTE", `${path}: is larger than ${LARGEST} bytes`);
  let archive: unknown;
  try {
    // Some programs begin it with a byte order mark.
    archive = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    throw new TestKitError("BAD_CASSETTE", `${path}: is not JSON`, error);
  }
  return check(path, archive);
}

/** What is different when a file has been written anew; null if there is none. */
export async function stampOf(path: string): Promise<string | null> {
  try {
    const { ino, size, mtimeMs } = await stat(path);
    return `${ino} ${size} ${mtimeMs}`;
  } catch {
    return null;
  }
}

/** @throws TestKitError BAD_CASSETTE if what is in the entries is too large for a file */
export function checkSize(path: string, entries: readonly HarEntry[], largest = LARGEST): void {
  const size = entries.reduce(
    (sum, { request, response }) =>
      sum + (request.postData?.text?.length ?? 0) + (response.content.text?.length ?? 0),
    0,
  );
  if (size > largest) throw tooLarge(path, largest);
}

/** Writes an archive. Nobody ever sees a part of it. @throws TestKitError BAD_CASSETTE */
export async function writeCassette(path: string, archive: Har, largest = LARGEST): Promise<void> {
  const part = `${path}.${randomUUID()}.part`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(part, limited(path, textOf(archive), largest));
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true }).catch(() => {});
    if (error instanceof TestKitError) throw error;
    throw new TestKitError("BAD_CASSETTE", `${path}: cannot be written`, error);
  }
}

function* limited(path: string, pieces: Iterable<string>, largest: number): Generator<string> {
  let length = 0;
  for (const piece of pieces) {
    length += piece.length;
    if (length > largest) throw tooLarge(path, largest);
    yield piece;
  }
}

function tooLarge(path: string, largest: number): TestKitError {
  return new TestKitError(
    "BAD_CASSETTE",
    `${path}: would be larger than ${largest} bytes, so it is not written`,
  );
}

function check(path: string, archive: unknown): Har {
  const entries: unknown = (archive as Partial<Har> | null)?.log?.entries;
  if (!Array.isArray(entries))
    throw new TestKitError("BAD_CASSETTE", `${path}: is not an HTTP archive: it has no log.entries`);
  const plain = entries.map(plainEntry);
  const wrong = plain.findIndex((entry) => !isEntry(entry));
  if (wrong !== -1)
    throw new TestKitError("BAD_CASSETTE", `${path}: log.entries[${wrong}] is not a request and a response`);
  const { log } = archive as Har;
  return { ...(archive as Har), log: { ...log, entries: plain as HarEntry[] } };
}

function isEntry(entry: unknown): boolean {
  const { request, response } = (entry ?? {}) as Partial<HarEntry>;
  if (typeof request?.method !== "string" || typeof request.url !== "string") return false;
  if (!Number.isInteger(response?.status) || !isRange(response?.status) || !isObject(response?.content))
    return false;
  const { postData } = request;
  const isPost =
    postData === undefined ||
    (isObject(postData) &&
      typeof postData.mimeType === "string" &&
      isText(postData.text) &&
      isList(postData.params));
  const lists = [request.cookies, request.queryString, response?.cookies];
  const isFull = areHeaders(request.headers) && areHeaders(response?.headers);
  return (
    isFull && isPost && isText(response?.content.text) && isText(response?.redirectURL) && lists.every(isList)
  );
}

function isRange(status = 0): boolean {
  return status === 0 || (status >= 100 && status <= 999);
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}

/** A text that may be missing. */
function isText(value: unknown): boolean {
  return value === undefined || typeof value === "string";
}

/** A list of pairs that may be missing. The value of a pair may be missing in a form. */
function isList(value: unknown): boolean {
  return (
    value === undefined ||
    (Array.isArray(value) && value.every((one) => typeof one?.name === "string" && isText(one.value)))
  );
}

function areHeaders(headers: unknown): boolean {
  return (
    Array.isArray(headers) &&
    headers.every((one) => typeof one?.name === "string" && typeof one.value === "string")
  );
}
