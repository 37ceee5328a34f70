import { EXPORT_ALLOC } from "../../../assembly/abi.ts";
import { checkLimit, refused } from "../../guest/confine/bytes.ts";
import { confine } from "../../guest/confine/confine.ts";
import { MOST } from "../../guest/confine/limits.ts";
import { ModuleReader } from "../../guest/confine/module-reader.ts";
import type { OffsetTable } from "../../guest/confine/offset-map.ts";
import type { Signature } from "../../guest/confine/types.ts";
import { compileModule } from "../../guest/engine/module.ts";
import { SIGNATURES } from "../compute/signatures.ts";

/** Maximum size of a module in bytes. The whole module is compiled and kept. */
const LARGEST_MODULE = 16 << 20;

/** The exports that Asyncify and our transform add to a module, with their signatures. */
const PROVISIONS: ReadonlyMap<string, string> = new Map([
  [EXPORT_ALLOC, "i32 -> i32"],
  ["asyncify_start_unwind", "i32 ->"],
  ["asyncify_stop_unwind", "->"],
  ["asyncify_start_rewind", "i32 ->"],
  ["asyncify_stop_rewind", "->"],
  ["asyncify_get_state", "-> i32"],
]);
const RESERVED = /^(asyncify|http_background)_/;

/** A module that nobody trusts, when it was checked, confined and compiled. */
export interface ConfinedGuest {
  readonly module: WebAssembly.Module;
  /** Functions without parameters, with at most one number as a result. */
  readonly entries: readonly string[];
  /** The positions of its code in the original module. */
  readonly offsets: OffsetTable;
  /** Size of the confined module in bytes. */
  readonly size: number;
}

/** @throws HttpBackgroundError BAD_MODULE if these are no bytes, or too many */
export function checkSize(bytes: unknown): asserts bytes is Uint8Array {
  if (!(bytes instanceof Uint8Array))
    throw refused("is not given as bytes; compile() loads a program that is text");
  if (bytes.length > LARGEST_MODULE) throw refused(`has more than ${LARGEST_MODULE} bytes`);
}

/**
 * Confines and compiles a module that can be suspended.
 *
 * @throws HttpBackgroundError BAD_MODULE if it is malformed, too large, or does not follow the ABI
 */
export async function confineGuest(bytes: Buffer, memoryPages: number): Promise<ConfinedGuest> {
  const { bytes: confined, offsets, source } = confine(bytes, { memoryPages, keepsFunction });
  checkExports(source);
  const module = await compileModule(confined);
  return { module, entries: findEntries(source), offsets, size: confined.length };
}

/**
 * Whether a module cannot be suspended as it is. It also checks the imports, because a module with unknown imports need
 * not be transformed.
 *
 * @throws HttpBackgroundError BAD_MODULE
 */
export function needsTransform(bytes: Buffer): boolean {
  const source = new ModuleReader(bytes);
  for (const { module, name, signature } of source.imports) {
    const expected = SIGNATURES.get(`${module}.${name}`);
    if (expected === undefined) throw refused(`imports the function "${module}.${name}"`);
    checkSignature(`imports "${module}.${name}"`, signature, expected);
  }
  if (source.exports.some(({ name }) => name.startsWith("asyncify_"))) return false;
  checkAllocator(source);
  if (!WebAssembly.validate(bytes as Buffer<ArrayBuffer>)) throw refused("is not valid WebAssembly");
  return true;
}

function checkExports(source: ModuleReader): void {
  checkAllocator(source);
  for (const name of PROVISIONS.keys()) checkExport(source, name, "");
}

/** The transform cannot make one of any other language. */
function checkAllocator(source: ModuleReader): void {
  const advice =
    "compile AssemblyScript with --transform http-background/transform; docs/abi.md is for other languages";
  checkExport(source, EXPORT_ALLOC, `: ${advice}`);
}

function checkExport(source: ModuleReader, name: string, advice: string): void {
  const found = source.exports.find((entry) => entry.name === name && entry.kind === "function");
  if (found === undefined) throw refused(`has no function export "${name}"${advice}`);
  checkSignature(`exports "${name}"`, source.signatureOf(found.index), PROVISIONS.get(name) ?? "");
}

function checkSignature(what: string, signature: Signature, expected: string): void {
  const actual = describe(signature);
  if (actual !== expected) throw refused(`${what} as a function ${actual}; it must be ${expected}`);
}

function describe({ parameters, results }: Signature): string {
  return [...parameters, "->", ...results].join(" ");
}

function findEntries(source: ModuleReader): string[] {
  const entries = source.exports.filter(
    ({ kind, name, index }) => kind === "function" && isEntry(name, source.signatureOf(index)),
  );
  checkLimit(entries.length, MOST.entries);
  return entries.map(({ name }) => name);
}

/** Whether the host calls this exported function. Others are not exported any more. */
function keepsFunction(name: string, signature: Signature): boolean {
  return PROVISIONS.has(name) || isEntry(name, signature);
}

function isEntry(name: string, { parameters, results }: Signature): boolean {
  return !RESERVED.test(name) && parameters.length === 0 && results.length <= 1 && results[0] !== "other";
}
