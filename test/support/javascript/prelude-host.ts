import { createHash, createHmac, randomBytes } from "node:crypto";
import { decode, ExtData, encode } from "@msgpack/msgpack";

/** What a script asked for: `[id, url, options, post]`, with `ExtData` for what is no plain value. */
export type Asked = readonly [id?: unknown, url?: unknown, options?: unknown, post?: unknown];

/** How a call is answered: a response, a failure, or a mistake. Undefined: never. */
export type Answer =
  | { status: number; content?: string | Uint8Array; headers?: readonly string[]; url?: string }
  | { error: string; code: string }
  | { throws: string; code: string; option: string }
  | undefined;

export interface HostSettings {
  readonly answer?: (asked: Asked, number: number) => Answer;
  readonly args?: readonly (string | Uint8Array)[];
  /** Files by their names; null is a File that the host streams. */
  readonly files?: Readonly<Record<string, string | null>>;
}

/** The number that EXT_FILE has. */
const FILE = 1;
const PARTS = [
  ...["href", "origin", "protocol", "username", "password", "host", "hostname", "port", "pathname", "search"],
  "hash",
] as const;

/** The host that the prelude finds, for its tests: its time passes only when a script sleeps. */
export class PreludeHost {
  readonly asked: Asked[] = [];
  readonly canceled: number[] = [];
  /** What was released before each call. */
  readonly releasedBefore: number[][] = [];
  reads = 0;
  /** Calls that were answered. */
  answered = 0;
  readonly released: number[] = [];
  output = "";
  time = Date.UTC(2026, 0, 1);
  readonly #settings: HostSettings;
  readonly #values: (Buffer | null)[] = [];
  readonly #names = new Map<string, number>();
  readonly #answers = new Map<number, { readonly at: number; readonly bytes: Uint8Array }>();
  #calls = 0;

  constructor(settings: HostSettings) {
    this.#settings = settings;
    for (const [name, text] of Object.entries(settings.files ?? {}))
      this.#names.set(`${FILE} ${name}`, this.#keep(text === null ? null : Buffer.from(text)));
  }

  /** The next answer, and its time comes. Undefined if there is none. */
  next(): { readonly call: number; readonly bytes: Uint8Array } | undefined {
    const [first] = [...this.#answers].sort(([, a], [, b]) => a.at - b.at);
    if (first === undefined) return undefined;
    const [call, { at, bytes }] = first;
    this.#answers.delete(call);
    if (bytes.length > 0) this.answered++;
    this.time = Math.max(this.time, at);
    return { call, bytes };
  }

  /** The functions of `__host`. */
  readonly functions: Readonly<Record<string, (...args: never[]) => unknown>> = {
    call: (request: ArrayBuffer) => this.#call(new Uint8Array(request)),
    sleep: (ms: number) => this.#answerAt(this.time + ms, new Uint8Array(0)),
    cancel: (call: number) => {
      this.canceled.push(call);
      this.#answers.delete(call);
    },
    read: (handle: number, offset: number, length: number) => {
      this.reads++;
      return copyOf(this.#values[handle]?.subarray(offset, offset + length) ?? new Uint8Array(0));
    },
    size: (handle: number) => this.#values[handle]?.length ?? -1,
    release: (handle: number) => {
      this.released.push(handle);
      this.#values[handle] = null;
    },
    resource: (type: number, name: string) => this.#names.get(`${type} ${name}`) ?? -1,
    args: () => copyOf(encode(this.#settings.args ?? [])),
    echo: (output: string | ArrayBuffer) => {
      this.output += typeof output === "string" ? output : Buffer.from(output).toString();
    },
    now: () => this.time,
    random: (length: number) => copyOf(randomBytes(length)),
    digest: (algorithm: string, data: ArrayBuffer) =>
      copyOf(createHash(algorithm.replace("-", "")).update(Buffer.from(data)).digest()),
    hmac: (algorithm: string, key: ArrayBuffer, data: ArrayBuffer) =>
      copyOf(createHmac(algorithm.replace("-", ""), Buffer.from(key)).update(Buffer.from(data)).digest()),
    parseUrl: (text: string, base: string | undefined) =>
      URL.canParse(text, base) ? partsOf(new URL(text, base)) : undefined,
    setUrl: (href: string, part: "hash", value: string) => {
      const url = new URL(href);
      url[part] = value;
      return partsOf(url);
    },
    encodeText: (text: string) => copyOf(new TextEncoder().encode(text)),
    decodeText: decodeText as never,
    textEncoding: (label: string) => {
      try {
        return new TextDecoder(label).encoding;
      } catch {
        return undefined;
      }
    },
    spend: () => undefined,
  };

  #call(request: Uint8Array): number {
    const asked = readArguments(request);
    this.asked.push(asked);
    this.releasedBefore.push([...this.released]);
    const answer = this.#settings.answer?.(asked, this.asked.length - 1);
    return answer === undefined ? ++this.#calls : this.#answerAt(this.time, this.#record(answer));
  }

  #answerAt(at: number, bytes: Uint8Array): number {
    this.#answers.set(++this.#calls, { at, bytes });
    return this.#calls;
  }

  #record(answer: Exclude<Answer, undefined>): Uint8Array {
    if (!("status" in answer)) return encode(answer);
    const content = Buffer.from(answer.content ?? "");
    const payload = Buffer.alloc(12);
    payload.writeUInt32LE(this.#keep(content));
    payload.writeDoubleLE(content.length, 4);
    return encode({ ...answer, headers: encode(answer.headers ?? []), content: new ExtData(FILE, payload) });
  }

  #keep(value: Buffer | null): number {
    return this.#values.push(value) - 1;
  }
}

/** Keys that are bytes get a number each: a name may be in a form twice. */
function readArguments(request: Uint8Array): Asked {
  let count = 0;
  const mapKeyConverter = (key: unknown): string =>
    typeof key === "string" ? key : `${Buffer.from(key as Uint8Array)}#${count++}`;
  return decode(request, { mapKeyConverter }) as Asked;
}

function decodeText(
  label: string,
  fatal: boolean,
  ignoreBOM: boolean,
  data: ArrayBuffer,
): string | undefined {
  try {
    return new TextDecoder(label, { fatal, ignoreBOM }).decode(data);
  } catch (error) {
    if (error instanceof RangeError) throw error;
    return undefined;
  }
}

function partsOf(url: URL): string {
  return JSON.stringify(Object.fromEntries(PARTS.map((part) => [part, url[part]])));
}

function copyOf(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}
