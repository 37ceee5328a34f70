import { randomBytes } from "node:crypto";
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

const writer = new MessagePackWriter();

/** The imports of our own module, except the one that suspends. */
export const FUNCTIONS: Readonly<Record<string, HostFunction<GuestRun>>> = {
  [IMPORT_ECHO]: echo,
  [IMPORT_ARGUMENTS]: putArguments,
  [IMPORT_RESOURCE]: findResource,
  [IMPORT_START]: start,
  [IMPORT_HEADER]: findHeader,
  [IMPORT_URL]: findUrl,
  [IMPORT_SIZE]: ({ context }, handle = -1) => context.sizeOf(handle),
  [IMPORT_READ]: read,
  [IMPORT_RELEASE]: ({ context }, handle = -1) => {
    context.release(handle);
    return undefined;
  },
};

/** Those in which the script may have to wait. */
export const PAUSING: Readonly<Record<string, HostFunction<GuestRun>>> = {
  [IMPORT_WAIT]: wait,
  [IMPORT_WAIT_ANY]: waitAny,
};

/** The imports of AssemblyScript's own library. */
export const ENVIRONMENT: NonNullable<EngineOptions["env"]> = {
  abort: (instance, message = 0, file = 0, line = 0, column = 0) => {
    throw readAbort(instance?.memory, message, { file, line, column });
  },
  seed: () => randomBytes(6).readUIntLE(0, 6),
};

function echo(guest: GuestAccess<GuestRun>, ptr = 0, len = 0): undefined {
  const size = len >>> 0;
  guest.context.checkOutput(size);
  guest.spend(size);
  guest.context.output.append(guest.memory.at(ptr, size));
}

function putArguments(guest: GuestAccess<GuestRun>): number {
  const bytes = argumentsOf(guest.context);
  guest.spend(bytes.length + ARGUMENT_BYTES * guest.context.texts.length);
  return guest.putRecord(bytes);
}

/** The arguments as MessagePack. */
export function argumentsOf({ texts }: Pick<GuestRun, "texts">): Uint8Array {
  writer.clear();
  writer.writeArrayHead(texts.length);
  for (const text of texts) {
    if (typeof text === "string") writer.writeString(text);
    else writer.writeBytes(text);
  }
  const bytes = Buffer.from(writer.written);
  // Not before the next run that asks for its arguments: they may be large.
  writer.clear();
  return bytes;
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
function waitAny({ context, memory }: GuestAccess<GuestRun>, ptr = 0, count = 0): number | undefined {
  if (count >>> 0 > context.startedCalls)
    throw new Error("the script waits for more calls than it has started");
  const bytes = memory.at(ptr, count * NUMBER_SIZE);
  const numbers = Array.from({ length: count }, (_, index) => bytes.readUInt32LE(index * NUMBER_SIZE));
  return context.findAnswered(numbers);
}

function findResource(guest: GuestAccess<GuestRun>, type = 0, ptr = 0, len = 0): number {
  if (len >>> 0 > LONGEST_NAME) return -1;
  guest.spend((len >>> 0) * NAME_BYTE);
  const { memory, context } = guest;
  return context.find(type, memory.at(ptr, len).toString());
}

/** The value of a header; several are joined, as the header of a result is. */
function findHeader(guest: GuestAccess<GuestRun>, handle = -1, ptr = 0, len = 0): number {
  const { context, memory } = guest;
  if (len >>> 0 > LONGEST_NAME) return NOTHING;
  guest.spend((len >>> 0) * NAME_BYTE);
  const name = memory.at(ptr, len).toString("latin1").toLowerCase();
  const lines = linesOf(guest, context.headOf(handle)).slice(1);
  const values = lines
    .filter((line) => line.indexOf(":") === name.length && line.slice(0, name.length).toLowerCase() === name)
    .map((line) => line.slice(name.length + 1));
  return values.length === 0 ? NOTHING : guest.putRecord(Buffer.from(values.join(", "), "latin1"));
}

function findUrl(guest: GuestAccess<GuestRun>, handle = -1): number {
  const [url] = linesOf(guest, guest.context.headOf(handle));
  return url === undefined ? NOTHING : guest.putRecord(Buffer.from(url, "latin1"));
}

function linesOf(guest: GuestAccess<GuestRun>, head: Buffer | undefined): string[] {
  if (head === undefined) return [];
  guest.spend(head.length * HEAD_BYTE);
  return head.toString("latin1").split("\n");
}

function read(guest: GuestAccess<GuestRun>, handle = -1, offset = 0, ptr = 0, len = 0): number {
  const bytes = guest.context.bytesOf(handle);
  if (bytes === undefined || !(offset >= 0 && offset < bytes.length)) return 0;
  const part = bytes.subarray(Math.floor(offset), Math.floor(offset) + (len >>> 0));
  guest.spend(part.length);
  guest.memory.write(ptr, part);
  return part.length;
}
