import { EXPORT_ALLOC } from "../../../assembly/abi.ts";
import { checkLimit, refused } from "../../guest/confine/bytes.ts";
import { confine } from "../../guest/confine/confine.ts";
import { MOST } from "../../guest/confine/limits.ts";
import { ModuleReader } from "../../guest/confine/module-reader.ts";
import type { OffsetMap } from "../../guest/confine/offset-map.ts";
import type { Signature } from "../../guest/confine/types.ts";
import { compileModule, GuestModule } from "../../guest/engine/module.ts";
import { SCRIPT_IMPORTS, SIGNATURES } from "./signatures.ts";

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

/** A loaded script, ready for an engine. */
export interface LoadedGuest {
  readonly guest: GuestModule;
  /** Functions without parameters, with at most one number as a result. */
  readonly entries: ReadonlySet<string>;
  /** Converts positions in the running module to positions in the original module. */
  readonly offsets: OffsetMap;
}

/** Transforms a module so that it can be suspended. */
export type MakeSuspendable = (bytes: Buffer) => Promise<Uint8Array>;

/**
 * Loads a module that nobody trusts.
 *
 * @throws HttpBackgroundError BAD_MODULE if it is malformed or too large, has unknown imports, or cannot be suspended
 */
export async function loadGuest(
  bytes: Uint8Array,
  memoryPages: number,
  makeSuspendable: MakeSuspendable,
): Promise<LoadedGuest> {
  if (!(bytes instanceof Uint8Array)) throw refused("is not given as bytes");
  if (bytes.length > LARGEST_MODULE) throw refused(`has more than ${LARGEST_MODULE} bytes`);
  // A copy, so that nobody can change it between the checks and the run.
  let given = Buffer.from(bytes);
  if (needsTransform(given)) given = Buffer.from(await makeSuspendable(given));
  const { bytes: confined, offsets, source } = confine(given, { memoryPages, keepsFunction });
  checkExports(source);
  const module = await compileModule(confined);
  const guest = new GuestModule(module, SCRIPT_IMPORTS, true);
  return { guest, entries: findEntries(source), offsets };
}

/** It also checks the imports, because a module with unknown imports need not be transformed. */
function needsTransform(bytes: Buffer): boolean {
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

function findEntries(source: ModuleReader): Set<string> {
  const entries = source.exports.filter(
    ({ kind, name, index }) => kind === "function" && isEntry(name, source.signatureOf(index)),
  );
  checkLimit(entries.length, MOST.entries);
  return new Set(entries.map(({ name }) => name));
}

/** Whether the host calls this exported function. Others are not exported any more. */
function keepsFunction(name: string, signature: Signature): boolean {
  return PROVISIONS.has(name) || isEntry(name, signature);
}

function isEntry(name: string, { parameters, results }: Signature): boolean {
  return !RESERVED.test(name) && parameters.length === 0 && results.length <= 1 && results[0] !== "other";
}
