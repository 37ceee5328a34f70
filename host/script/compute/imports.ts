import {
  IMPORT_ARGUMENTS,
  IMPORT_ECHO,
  IMPORT_HEADER,
  IMPORT_READ,
  IMPORT_RELEASE,
  IMPORT_RESOURCE,
  IMPORT_SIZE,
  IMPORT_START,
  IMPORT_URL,
  IMPORT_WAIT,
  IMPORT_WAIT_ANY,
  NOTHING,
} from "../../../assembly/abi.ts";
import type { EngineOptions } from "../../guest/engine/engine-options.ts";
import type { GuestAccess, HostFunction } from "../../guest/engine/guest-access.ts";
import { MessagePackWriter } from "../../guest/wire/message-pack-writer.ts";
import { readAbort } from "../blame/abort.ts";
import type { LongBytes, PagedBytes } from "../pages/paged-bytes.ts";
import type { LongText } from "../steps/step.ts";
import type { GuestRun } from "./guest-run.ts";

/** Maximum length of the name of a grant or of a header, in bytes. */
const LONGEST_NAME = 1024;

/** The cost of one byte of a name, which is decoded and looked up. The unit is a copied byte. */
const NAME_BYTE = 16;
/** The cost of an argument besides its bytes. The unit is a copied byte. */
const ARGUMENT_BYTES = 256;

/** The cost of one byte of a head, in which a header is looked for. The unit is a copied byte. */
const HEAD_BYTE = 4;

/** A u32. */
const NUMBER_SIZE = 4;
/** The cost of one number of a call, which is looked up. The unit is a copied byte. */
const NUMBER_BYTES = 32;

const writer = new MessagePackWriter();

/** The imports of our own module, except the one that suspends. */
export const FUNCTIONS: Readonly<Record<string, HostFunction<GuestRun>>> = {
  [IMPORT_ECHO]: echo,
  [IMPORT_ARGUMENTS]: putArguments,
  [IMPORT_RESOURCE]: findResource,
  [IMPORT_START]: start,
  [IMPORT_HEADER]: findHeader,
  [IMPORT_URL]: findUrl,
  [IMPORT_SIZE]: ({ context }, handle = -1) => context.values.sizeOf(handle),
  [IMPORT_READ]: read,
  [IMPORT_RELEASE]: ({ context }, handle = -1) => {
    context.values.release(handle);
    return undefined;
  },
};

/** Those in which the script may have to wait. */
export const PAUSING: Readonly<Record<string, HostFunction<GuestRun>>> = {
  [IMPORT_WAIT]: wait,
  [IMPORT_WAIT_ANY]: waitAny,
};

/** The imports of AssemblyScript's own library, but for `seed`, which each script has of its own. */
export const ENVIRONMENT: NonNullable<EngineOptions<GuestRun>["env"]> = {
  abort: ({ instance }, message = 0, file = 0, line = 0, column = 0) => {
    throw readAbort(instance()?.memory, message, { file, line, column });
  },
};

function echo(guest: GuestAccess<GuestRun>, ptr = 0, len = 0): undefined {
  const size = len >>> 0;
  guest.context.checkOutput(size);
  guest.spend(size);
  guest.context.output.append(guest.memory.at(ptr, size));
}

function putArguments(guest: GuestAccess<GuestRun>): number {
  const parts = argumentParts(guest.context);
  guest.spend(parts.reduce((size, { length }) => size + length, ARGUMENT_BYTES * guest.context.given.length));
  return guest.putRecord(...parts);
}

/** The arguments as MessagePack, part by part. */
export function argumentParts(run: GuestRun): Uint8Array[] {
  writer.clear();
  writer.writeArrayHead(run.given.length);
  /** Long arguments are not copied into the writer. They are after so many of its bytes. */
  const long: { readonly at: number; readonly bytes: LongBytes }[] = [];
  for (const arg of run.given) {
    if (typeof arg === "string") writer.writeString(arg);
    else if (arg instanceof Uint8Array) writer.writeBytes(arg);
    else long.push({ at: writeHead(arg), bytes: "text" in arg ? arg.text : arg });
  }
  const written = Buffer.from(writer.written);
  // Not before the next run that asks for its arguments: they may be many.
  writer.clear();
  return joined(run, written, long);
}

/** @returns The length of what is written before the argument */
function writeHead(arg: LongText | PagedBytes): number {
  if ("text" in arg) writer.writeStringHead(arg.text.length);
  else writer.writeBytesHead(arg.length);
  return writer.length;
}

function joined(
  run: GuestRun,
  written: Uint8Array,
  long: readonly { at: number; bytes: LongBytes }[],
): Uint8Array[] {
  const parts: Uint8Array[] = [];
  let from = 0;
  for (const { at, bytes } of long) {
    parts.push(written.subarray(from, at), ...run.parts(bytes));
    from = at;
  }
  return [...parts, written.subarray(from)];
}

function start(guest: GuestAccess<GuestRun>, ptr = 0, len = 0): number {
  const number = guest.context.startCall();
  guest.note(number, ptr, len);
  return number;
}

function wait(guest: GuestAccess<GuestRun>, number = 0): number | undefined {
  const answer = guest.context.takeAnswer(number);
  if (answer === undefined) return undefined;
  guest.spend(answer.length);
  return guest.putRecord(answer);
}

/** Its arguments are the address of numbers (u32), and how many there are. */
function waitAny(guest: GuestAccess<GuestRun>, ptr = 0, count = 0): number | undefined {
  const { context, memory } = guest;
  if (count >>> 0 > context.startedCalls)
    throw new Error("the script waits for more calls than it has started");
  guest.spend(count * NUMBER_BYTES);
  const bytes = memory.at(ptr, count * NUMBER_SIZE);
  const numbers = Array.from({ length: count }, (_, index) => bytes.readUInt32LE(index * NUMBER_SIZE));
  return context.findAnswered(numbers);
}

function findResource(guest: GuestAccess<GuestRun>, type = 0, ptr = 0, len = 0): number {
  if (len >>> 0 > LONGEST_NAME) return -1;
  guest.spend((len >>> 0) * NAME_BYTE);
  const { memory, context } = guest;
  return context.values.find(type, memory.at(ptr, len).toString());
}

/** The value of a header; several are joined, as the header of a result is. */
function findHeader(guest: GuestAccess<GuestRun>, handle = -1, ptr = 0, len = 0): number {
  const { context, memory } = guest;
  if (len >>> 0 > LONGEST_NAME) return NOTHING;
  guest.spend((len >>> 0) * NAME_BYTE);
  const name = memory.at(ptr, len).toString("latin1").toLowerCase();
  const lines = linesOf(guest, context.values.headOf(handle)).slice(1);
  const values = lines
    .filter((line) => line.indexOf(":") === name.length && line.slice(0, name.length).toLowerCase() === name)
    .map((line) => line.slice(name.length + 1));
  return values.length === 0 ? NOTHING : guest.putRecord(Buffer.from(values.join(", "), "latin1"));
}

function findUrl(guest: GuestAccess<GuestRun>, handle = -1): number {
  const [url] = linesOf(guest, guest.context.values.headOf(handle));
  return url === undefined ? NOTHING : guest.putRecord(Buffer.from(url, "latin1"));
}

function linesOf(guest: GuestAccess<GuestRun>, head: Buffer | undefined): string[] {
  if (head === undefined) return [];
  guest.spend(head.length * HEAD_BYTE);
  return head.toString("latin1").split("\n");
}

function read(guest: GuestAccess<GuestRun>, handle = -1, offset = 0, ptr = 0, len = 0): number {
  const bytes = guest.context.values.bytesOf(handle);
  if (bytes === undefined || !(offset >= 0 && offset < bytes.length)) return 0;
  const start = Math.floor(offset);
  const size = Math.min(len >>> 0, bytes.length - start);
  guest.spend(size);
  // All of it or nothing.
  guest.memory.at(ptr, size);
  let at = ptr >>> 0;
  for (const part of guest.context.parts(bytes, start, start + size)) {
    guest.memory.write(at, part);
    at += part.length;
  }
  return size;
}
