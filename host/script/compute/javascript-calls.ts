import { createHash, createHmac } from "node:crypto";
import { EXT_FILE, EXT_PRIVATE_KEY, EXT_X509 } from "../../../assembly/abi.ts";
import { FAILURE } from "../../door/script-planner.ts";
import type { EngineOptions } from "../../guest/engine/engine-options.ts";
import { IdleGuest } from "../../guest/engine/fiber.ts";
import { NoGuestMemory } from "../../guest/javascript/engine-values.ts";
import { GuestMistake, type HostCall, hostCall, pureCall } from "../../guest/javascript/host-call.ts";
import { engineImports } from "../../guest/javascript/imports.ts";
import { WASM_PAGE } from "../../guest/parked/memory.ts";
import { Fault } from "../blame/fault.ts";
import { decodeText, encodingOf } from "./decode-text.ts";
import { GuestFailure } from "./guest-failure.ts";
import type { GuestRun } from "./guest-run.ts";
import { argumentParts } from "./imports.ts";
import { parseUrl, setUrl } from "./urls.ts";

/** Bytes of random numbers in one call. */
const MOST_RANDOM = 65_536;
/** The cost of a random byte, and of a byte that is hashed. The unit is a copied byte. */
const RANDOM_BYTE = 4;
const HASHED_BYTE = 4;
/** The cost of what a URL needs besides its bytes, and of one of its bytes. The unit is a copied byte. */
const URL_COST = 8192;
const URL_BYTE = 16;
/** The cost of a call that only waits. The unit is a copied byte. */
const SLEEP_COST = 4096;
/** What the host keeps for such a call. */
const SLEEP_BYTES = 1024;

const ALGORITHMS: Readonly<Record<string, string>> = {
  "SHA-1": "sha1",
  "SHA-256": "sha256",
  "SHA-384": "sha384",
  "SHA-512": "sha512",
  MD5: "md5",
};

const GRANTED: readonly number[] = [EXT_FILE, EXT_X509, EXT_PRIVATE_KEY];
const NO_BYTES = Buffer.alloc(0);

/** What the prelude finds in `__host` (host/script/javascript/SEAM.md). */
export const JAVASCRIPT_CALLS: Readonly<Record<string, HostCall<GuestRun>>> = {
  call: hostCall(["place"], ([{ ptr, length }], { fiber, suspension }) =>
    fiber.onAsk(ptr, length, suspension.nextCall()),
  ),
  sleep: hostCall(["number"], ([ms], { fiber, suspension }) => {
    const number = suspension.nextCall();
    fiber.spend(SLEEP_COST);
    fiber.context.keep(SLEEP_BYTES);
    fiber.context.addSleep(number, ms);
    return fiber.onAsk(0, 0, number);
  }),
  cancel: hostCall(["number"], ([number], { fiber }) => {
    // It was asked in this step: nothing is kept for it.
    if (fiber.context.sleeps.delete(number)) fiber.context.keep(-SLEEP_BYTES);
    fiber.onCancel(number);
    return undefined;
  }),
  read: hostCall(["number", "number", "number"], ([handle, offset, length], { fiber }) => {
    const bytes = fiber.context.values.bytesOf(handle);
    if (bytes === undefined || !(offset >= 0 && length >= 0)) return NO_BYTES;
    const start = Math.floor(offset);
    const end = Math.min(start + Math.floor(length), bytes.length);
    // A File may be much larger than the script's memory. Then nothing of it is copied.
    if (end - start > fiber.context.limits.memoryPages * WASM_PAGE) throw new NoGuestMemory();
    return inOnePiece(fiber.context.parts(bytes, start, end));
  }),
  size: hostCall(["number"], ([handle], { fiber }) => fiber.context.values.sizeOf(handle)),
  release: hostCall(["number"], ([handle], { fiber }) => {
    fiber.context.values.release(handle);
    return undefined;
  }),
  resource: hostCall(["number", "text"], ([type, name], { fiber }) =>
    GRANTED.includes(type) ? fiber.context.values.find(type, name) : -1,
  ),
  args: hostCall([], (_args, { fiber }) => inOnePiece(argumentParts(fiber.context))),
  echo: hostCall(["output"], ([output], { fiber }) => {
    fiber.context.checkOutput(output.length);
    fiber.context.output.append(output);
    return undefined;
  }),
  now: hostCall([], (_args, { fiber }) => fiber.context.now()),
  random: hostCall(["number"], ([length], { fiber }) => {
    if (!(length >= 0 && length <= MOST_RANDOM)) throw new GuestMistake("too many bytes", "RangeError");
    fiber.spend(length * RANDOM_BYTE);
    return fiber.context.random(Math.floor(length));
  }),
  digest: pureCall(["text", "bytes"], ([algorithm, data], { spend }) => {
    spend(data.length * HASHED_BYTE);
    return createHash(hashOf(algorithm)).update(data).digest();
  }),
  hmac: pureCall(["text", "bytes", "bytes"], ([algorithm, key, data], { spend }) => {
    spend((key.length + data.length) * HASHED_BYTE);
    return createHmac(hashOf(algorithm), key).update(data).digest();
  }),
  parseUrl: pureCall(["text", "maybe"], ([text, base], { spend }) => {
    spend(URL_COST + (text.length + (base?.length ?? 0)) * URL_BYTE);
    return parseUrl(text, base);
  }),
  setUrl: pureCall(["text", "text", "text"], ([href, part, value], { spend }) => {
    spend(URL_COST + (href.length + value.length) * URL_BYTE);
    return setUrl(href, part, value);
  }),
  encodeText: pureCall(["utf8"], ([text]) => text),
  decodeText: pureCall(["text", "flag", "flag", "bytes"], ([label, fatal, ignoreBom, data], { spend }) => {
    spend(data.length * HASHED_BYTE);
    return decodeText(label, { fatal, ignoreBOM: ignoreBom }, data);
  }),
  textEncoding: pureCall(["text"], ([label]) => encodingOf(label)),
  spend: pureCall(["number"], ([bytes], { spend }) => {
    spend(bytes);
    return undefined;
  }),
};

function inOnePiece(parts: Iterable<Uint8Array>): Uint8Array {
  const all = [...parts];
  return all.length === 1 ? (all[0] as Uint8Array) : Buffer.concat(all);
}

function hashOf(algorithm: string): string {
  const hash = Object.hasOwn(ALGORITHMS, algorithm) ? ALGORITHMS[algorithm] : undefined;
  if (hash === undefined) throw new GuestMistake("there is no such algorithm");
  return hash;
}

const NO_INSTANCE = { isStarved: false, memorySize: 0 };

/** How scripts in JavaScript are run. */
export const JAVASCRIPT_OPTIONS: EngineOptions<GuestRun> = {
  link: (link) => engineImports(link, { calls: JAVASCRIPT_CALLS, now: ({ context }) => context.now() }),
  answerTo: () => FAILURE,
  toRejection: (error, instance) => new GuestFailure(faultOf(error), instance ?? NO_INSTANCE),
};

function faultOf(error: unknown): unknown {
  if (!(error instanceof IdleGuest)) return error;
  return new Fault("idle", "it waits for a promise that nothing settles", "");
}
