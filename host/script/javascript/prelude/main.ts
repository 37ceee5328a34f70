// What every script finds: the globals, and the module "http-background/guest". It is evaluated once, into the image of
// the engine, and asks the host nothing meanwhile.
import { structuredClone } from "./clone/structured-clone.ts";
import { console } from "./console/console.ts";
import { inspect } from "./console/inspect.ts";
import { Crypto } from "./crypto/crypto.ts";
import { CryptoKey } from "./crypto/crypto-key.ts";
import { forgetSeed, random } from "./crypto/random.ts";
import { SubtleCrypto } from "./crypto/subtle.ts";
import { AbortController, AbortSignal } from "./events/abort-signal.ts";
import { CustomEvent, Event } from "./events/event.ts";
import { EventTarget } from "./events/event-target.ts";
import { fetch } from "./fetch/fetch.ts";
import { Headers } from "./fetch/headers.ts";
import { Request } from "./fetch/request.ts";
import { Response } from "./fetch/response.ts";
import { Blob } from "./files/blob.ts";
import { File } from "./files/file.ts";
import { FormData } from "./files/form-data.ts";
import * as guest from "./guest-module.ts";
import { now, startClock, timeOrigin } from "./seam/clock.ts";
import { shared } from "./seam/host.ts";
import { ReadableStreamDefaultController } from "./streams/controller.ts";
import { ReadableStream } from "./streams/readable-stream.ts";
import { ReadableStreamDefaultReader } from "./streams/reader.ts";
import { atob, btoa } from "./text/base64.ts";
import { TextDecoder } from "./text/text-decoder.ts";
import { TextEncoder } from "./text/text-encoder.ts";
import { clearTimeout, setInterval, setTimeout } from "./timers/timers.ts";
import { URL } from "./url/url.ts";
import { URLSearchParams } from "./url/url-search-params.ts";
import { expose, exposeFunction, exposeInterface, iterateEntries } from "./values/interfaces.ts";

const INTERFACES = {
  AbortController,
  AbortSignal,
  Blob,
  Crypto,
  CryptoKey,
  CustomEvent,
  Event,
  EventTarget,
  File,
  FormData,
  Headers,
  ReadableStream,
  ReadableStreamDefaultController,
  ReadableStreamDefaultReader,
  Request,
  Response,
  SubtleCrypto,
  TextDecoder,
  TextEncoder,
  URL,
  URLSearchParams,
};

const FUNCTIONS = {
  atob,
  btoa,
  clearInterval: clearTimeout,
  clearTimeout,
  fetch,
  setInterval,
  setTimeout,
  structuredClone,
};

for (const type of [FormData, Headers, URLSearchParams]) iterateEntries(type);
for (const [name, type] of Object.entries(INTERFACES)) exposeInterface(name, type);
for (const [name, run] of Object.entries(FUNCTIONS)) exposeFunction(name, run);
expose("console", console);
expose("crypto", new Crypto());
expose("performance", {
  now: () => now(),
  get timeOrigin(): number {
    return timeOrigin();
  },
  toJSON: () => ({ timeOrigin: timeOrigin() }),
});
const { random: value } = { random: () => random() };
Object.defineProperty(Math, "random", { value, writable: true, configurable: true });

shared.__guest = { ...guest };
shared.__begin = (): void => {
  startClock();
  forgetSeed();
};
shared.__report = (reason: unknown): string => inspect(reason);
