// The types of what scripts in JavaScript import, and of the globals that they have. docs/javascript-library.md says what
// is behind them.

type Text = string | Uint8Array | ArrayBuffer | Content;
type Bytes = Uint8Array<ArrayBuffer>;

/** Options of one call, with the original's names. An unknown option is ignored. An option of the wrong type throws. */
export interface Options {
  /** Lines as in curl: `Name: value` sends a header, `Name:` removes a default one, `Name;` sends an empty one. */
  headers?: readonly Text[] | undefined;
  /** The method, instead of GET or POST. */
  method?: Text | undefined;
  /** Whole seconds for the whole call. A fraction is cut off. With 0, only the limit of the run applies. @default 0 */
  timeout?: number | undefined;
  /** Whole seconds for each connection that is made. @default 300 */
  connect_timeout?: number | undefined;
  /** Maximum number of bytes of content. With 0, only the limit of the host applies. @default 0 */
  max_file_size?: number | undefined;
  /** Maximum number of redirects that are followed; -1 means no limit. @default 0 */
  redirects?: number | undefined;
  /** "base64", if the post is a File. */
  encoder?: Text | undefined;
  /** The URL of a proxy. "" means no proxy. */
  proxy?: Text | undefined;
  /** The local address of the connection. */
  sourceip?: Text | undefined;
  username?: Text | undefined;
  password?: Text | undefined;
  /** `provider1:provider2:region:service`: signs the request with AWS Signature Version 4. */
  aws_sigv4?: Text | undefined;
  /** Whether the server's certificate must be trusted. @default true */
  tls_verify_peer?: boolean | undefined;
  /** Whether the server's certificate must be for the host of the URL. @default true */
  tls_verify_host?: boolean | undefined;
  tls_client_cert?: ClientCertificate | undefined;
  /** The highest version of HTTP over TLS, "1.1" or "2". */
  http_version?: Text | undefined;
}

export interface ClientCertificate {
  x509: X509 | Text;
  privatekey: PrivateKey | Text;
  /** The certificates between `x509` and the authority that the server trusts. */
  chain?: readonly (X509 | Text)[] | undefined;
}

/** One part of a form. */
export interface Part {
  data: Text | Blob;
  /** Content-Type. @default it follows from `filename`; without `filename` there is none */
  type?: Text | undefined;
  filename?: Text | undefined;
  /** "base64", "quoted-printable", "7bit", "8bit" or "binary". */
  encoder?: Text | undefined;
}

/** Text or bytes; a File; the parts of a form, with their names as keys; or a form of the web platform. */
export type Post =
  | Text
  | Blob
  | URLSearchParams
  | FormData
  | readonly Part[]
  | Readonly<Record<string, Part>>
  | ReadonlyMap<string, Part>;

/** The result of a call: a response with any status, or the reason why there is none. */
export type Result = Answered | Failed;

/** The server answered, with any status. `headers` and `url` are not enumerable. */
export interface Answered {
  status: number;
  content: Content;
  readonly headers: ResponseHeaders;
  /** The URL that was asked last, after redirects. */
  readonly url: string;
  error?: never;
  code?: never;
}

/** The transfer failed. */
export interface Failed {
  /** libcurl's sentence, for people. It is never empty. */
  error: `${string} ${string}`;
  /** For programs, such as `COULDNT_CONNECT`. Codes do not change. */
  code: string;
  status?: never;
  content?: never;
  headers?: never;
  url?: never;
}

/** What is no option of the original. */
export interface CallSettings {
  /** Ends the call, in any phase, with the code ABORTED_BY_CALLBACK. */
  signal?: AbortSignal | undefined;
}

/**
 * Makes an HTTP request. While the script waits for it, it is suspended.
 *
 * @param id A thread of the configuration.
 * @param url An http or https URL.
 * @returns A status and the content, or an error. A transfer that fails does not throw.
 * @throws HttpBackgroundError for a mistake in the call.
 */
export function http_background(
  id: Text,
  url: Text | URL,
  options?: Options | ReadonlyMap<string, unknown> | undefined,
  post?: Post | undefined,
  settings?: CallSettings | undefined,
): Promise<Result>;

/** Options of a `fetch` for all its requests: what is in no Request. */
export type FetchOptions = Omit<
  Options,
  "headers" | "method" | "redirects" | "encoder" | "username" | "password" | "aws_sigv4"
>;

/** A `fetch` whose requests are calls on this thread. The global one uses the thread `default`. */
export function makeFetch(id: string, options?: FetchOptions): typeof fetch;

/** The arguments of the run. One that the host gave as bytes is a `Uint8Array`: `args<string | Uint8Array>()`. */
export function args<Argument extends string | Uint8Array = string>(): Argument[];

/** Adds a line to the output of the run. Bytes are added as they are, other values as in a template. */
export function echo(value: unknown): void;

/**
 * The content of a response. It stays with the host until it is touched. Wherever a text is needed, it is text: in
 * `JSON.parse(content)` and in a template.
 */
export class Content implements Iterable<number> {
  private constructor();
  /** In bytes. It is known before the content is there. */
  readonly length: number;
  /** The bytes. They come from the host with the first use. */
  readonly bytes: Bytes;
  /** The content as a File. If it is posted, its bytes never enter the script. */
  readonly file: File;
  /** As text, decoded from UTF-8. */
  toString(): string;
  toJSON(): string;
  /** Lets the host forget a content that will not be read. */
  release(): void;
  [Symbol.iterator](): IterableIterator<number>;
}

/** All headers of a response, in the order and the spelling in which they came. */
export interface ResponseHeaders extends Iterable<readonly [name: string, value: string]> {
  readonly length: number;
  /** The values of this name, joined with a comma; null if there is none. */
  get(name: string): string | null;
  /** Each value of this name, as `Set-Cookie` needs it. */
  getAll(name: string): string[];
  has(name: string): boolean;
  toJSON(): readonly (readonly [name: string, value: string])[];
}

/** A mistake in a call, such as an option of the wrong type. Nothing was sent. */
export class HttpBackgroundError extends Error {
  private constructor();
  /** `BAD_ARGUMENT`, `BAD_OPTION` or `UNKNOWN_THREAD`. */
  readonly code: string;
  /** The option, the argument or the part that is wrong. */
  readonly option: string | undefined;
}

/** A certificate. */
export class X509 {
  private constructor();
  private readonly kind: "X509";
  /** The certificate that the host granted to this run under a name. @throws Error if there is none */
  static named(name: string): X509;
  static has(name: string): boolean;
  static fromPem(pem: string | Uint8Array): X509;
}

/** The private key of a certificate. If it is granted by name, the script itself never has the key. */
export class PrivateKey {
  private constructor();
  private readonly kind: "PrivateKey";
  /** The key that the host granted to this run under a name. @throws Error if there is none */
  static named(name: string): PrivateKey;
  static has(name: string): boolean;
  static fromPem(pem: string | Uint8Array): PrivateKey;
}

/** The File of the web platform, and those that the host granted to this run. */
declare const GrantedFile: typeof File;
type GrantedFile = File;

export { GrantedFile as File };

type BufferSource = ArrayBufferView | ArrayBuffer;
type BlobPart = BufferSource | Blob | string;
type HeadersInit = Headers | Record<string, string> | Iterable<readonly [string, string]>;
type BodyInit =
  | string
  | Blob
  | BufferSource
  | FormData
  | URLSearchParams
  | ReadableStream<Bytes>
  | AsyncIterable<Bytes>
  | Content;

/** What gives a ReadableStream its pieces. */
interface UnderlyingSource<T> {
  start?(controller: ReadableStreamDefaultController<T>): unknown;
  pull?(controller: ReadableStreamDefaultController<T>): unknown;
  cancel?(reason: unknown): unknown;
}

interface Body {
  /** Bytes of a response in pieces. They stay with the host until they are read. */
  readonly body: ReadableStream<Bytes> | null;
  readonly bodyUsed: boolean;
  arrayBuffer(): Promise<ArrayBuffer>;
  blob(): Promise<Blob>;
  bytes(): Promise<Bytes>;
  formData(): Promise<FormData>;
  // biome-ignore lint/suspicious/noExplicitAny: as in the types of the web platform
  json(): Promise<any>;
  text(): Promise<string>;
}

interface RequestInit {
  method?: string;
  headers?: HeadersInit;
  body?: BodyInit | null;
  redirect?: "follow" | "error" | "manual";
  signal?: AbortSignal | null;
}

interface ResponseInit {
  status?: number;
  statusText?: string;
  headers?: HeadersInit;
}

interface EventInit {
  bubbles?: boolean;
  cancelable?: boolean;
  composed?: boolean;
}

interface ListenerOptions {
  capture?: boolean;
  once?: boolean;
  passive?: boolean;
  signal?: AbortSignal;
}

type Listener = ((event: Event) => void) | { handleEvent(event: Event): void };

/** Lists of pairs. */
interface Pairs<Value> extends Iterable<[string, Value]> {
  delete(name: string): void;
  has(name: string): boolean;
  forEach(callback: (value: Value, name: string, pairs: this) => void, receiver?: unknown): void;
  entries(): IterableIterator<[string, Value]>;
  keys(): IterableIterator<string>;
  values(): IterableIterator<Value>;
}

interface HmacAlgorithm {
  name: "HMAC";
  hash: HashName | { name: HashName };
  length?: number;
}

type HashName = "SHA-1" | "SHA-256" | "SHA-384" | "SHA-512";
type KeyUsage = "sign" | "verify";

interface JsonWebKey {
  kty?: string;
  k?: string;
  alg?: string;
  key_ops?: string[];
  ext?: boolean;
}

/** The numbers that errors had before they had names. */
type LegacyCodes = Readonly<
  Record<
    | "INDEX_SIZE_ERR"
    | "DOMSTRING_SIZE_ERR"
    | "HIERARCHY_REQUEST_ERR"
    | "WRONG_DOCUMENT_ERR"
    | "INVALID_CHARACTER_ERR"
    | "NO_DATA_ALLOWED_ERR"
    | "NO_MODIFICATION_ALLOWED_ERR"
    | "NOT_FOUND_ERR"
    | "NOT_SUPPORTED_ERR"
    | "INUSE_ATTRIBUTE_ERR"
    | "INVALID_STATE_ERR"
    | "SYNTAX_ERR"
    | "INVALID_MODIFICATION_ERR"
    | "NAMESPACE_ERR"
    | "INVALID_ACCESS_ERR"
    | "VALIDATION_ERR"
    | "TYPE_MISMATCH_ERR"
    | "SECURITY_ERR"
    | "NETWORK_ERR"
    | "ABORT_ERR"
    | "URL_MISMATCH_ERR"
    | "QUOTA_EXCEEDED_ERR"
    | "TIMEOUT_ERR"
    | "INVALID_NODE_TYPE_ERR"
    | "DATA_CLONE_ERR",
    number
  >
>;

declare global {
  /** A request on the thread `default`. Its body is gathered before it is sent, and a response is there when all of it is. */
  function fetch(input: string | URL | Request, init?: RequestInit): Promise<Response>;

  class Headers {
    constructor(init?: HeadersInit);
    append(name: string, value: string): void;
    get(name: string): string | null;
    getSetCookie(): string[];
    set(name: string, value: string): void;
  }
  interface Headers extends Pairs<string> {}

  class Request {
    constructor(input: string | URL | Request, init?: RequestInit);
    readonly method: string;
    readonly url: string;
    readonly headers: Headers;
    readonly redirect: "follow" | "error" | "manual";
    readonly signal: AbortSignal;
    /** The rest is the same for every request: this library has no use for it. */
    readonly cache: string;
    readonly credentials: string;
    readonly destination: string;
    readonly duplex: string;
    readonly integrity: string;
    readonly keepalive: boolean;
    readonly mode: string;
    readonly referrer: string;
    readonly referrerPolicy: string;
    clone(): Request;
  }
  interface Request extends Body {}

  class Response {
    constructor(body?: BodyInit | null, init?: ResponseInit);
    static error(): Response;
    static redirect(url: string | URL, status?: number): Response;
    static json(data: unknown, init?: ResponseInit): Response;
    readonly type: string;
    readonly url: string;
    readonly redirected: boolean;
    readonly status: number;
    readonly ok: boolean;
    readonly statusText: string;
    readonly headers: Headers;
    clone(): Response;
  }
  interface Response extends Body {}

  class ReadableStream<T = unknown> implements AsyncIterable<T> {
    constructor(
      source?: UnderlyingSource<T>,
      strategy?: { highWaterMark?: number; size?: (piece: T) => number },
    );
    static from<T>(iterable: Iterable<T> | AsyncIterable<T>): ReadableStream<T>;
    readonly locked: boolean;
    cancel(reason?: unknown): Promise<void>;
    getReader(): ReadableStreamDefaultReader<T>;
    tee(): [ReadableStream<T>, ReadableStream<T>];
    values(options?: { preventCancel?: boolean }): AsyncIterableIterator<T>;
    [Symbol.asyncIterator](options?: { preventCancel?: boolean }): AsyncIterableIterator<T>;
  }

  class ReadableStreamDefaultReader<T = unknown> {
    constructor(stream: ReadableStream<T>);
    readonly closed: Promise<void>;
    read(): Promise<{ value: T; done: false } | { value: undefined; done: true }>;
    cancel(reason?: unknown): Promise<void>;
    releaseLock(): void;
  }

  class ReadableStreamDefaultController<T = unknown> {
    private constructor();
    readonly desiredSize: number | null;
    enqueue(piece?: T): void;
    close(): void;
    error(reason?: unknown): void;
  }

  class Blob {
    constructor(parts?: Iterable<BlobPart>, options?: { type?: string; endings?: "transparent" | "native" });
    /** In bytes; -1 for a File that the host streams, if it does not know. */
    readonly size: number;
    readonly type: string;
    slice(start?: number, end?: number, type?: string): Blob;
    arrayBuffer(): Promise<ArrayBuffer>;
    bytes(): Promise<Bytes>;
    text(): Promise<string>;
    stream(): ReadableStream<Bytes>;
  }

  class File extends Blob {
    constructor(parts: Iterable<BlobPart>, name: string, options?: { type?: string; lastModified?: number });
    /** The File that the host granted to this run under a name. @throws Error if there is none */
    static named(name: string): File;
    static has(name: string): boolean;
    readonly name: string;
    readonly lastModified: number;
    readonly webkitRelativePath: string;
  }

  class FormData {
    append(name: string, value: string): void;
    append(name: string, value: Blob, filename?: string): void;
    get(name: string): string | File | null;
    getAll(name: string): (string | File)[];
    set(name: string, value: string): void;
    set(name: string, value: Blob, filename?: string): void;
  }
  interface FormData extends Pairs<string | File> {}

  class URL {
    constructor(url: string | URL, base?: string | URL);
    static canParse(url: string | URL, base?: string | URL): boolean;
    static parse(url: string | URL, base?: string | URL): URL | null;
    href: string;
    readonly origin: string;
    protocol: string;
    username: string;
    password: string;
    host: string;
    hostname: string;
    port: string;
    pathname: string;
    search: string;
    readonly searchParams: URLSearchParams;
    hash: string;
    toJSON(): string;
    toString(): string;
  }

  class URLSearchParams {
    constructor(init?: string | Record<string, string> | Iterable<readonly [string, string]>);
    readonly size: number;
    append(name: string, value: string): void;
    delete(name: string, value?: string): void;
    get(name: string): string | null;
    getAll(name: string): string[];
    has(name: string, value?: string): boolean;
    set(name: string, value: string): void;
    sort(): void;
    toString(): string;
  }
  interface URLSearchParams extends Pairs<string> {}

  class TextEncoder {
    readonly encoding: string;
    encode(text?: string): Bytes;
    encodeInto(text: string, destination: Uint8Array): { read: number; written: number };
  }

  class TextDecoder {
    constructor(label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean });
    readonly encoding: string;
    readonly fatal: boolean;
    readonly ignoreBOM: boolean;
    decode(input?: BufferSource, options?: { stream?: boolean }): string;
  }

  class Event {
    constructor(type: string, init?: EventInit);
    static readonly NONE: 0;
    static readonly CAPTURING_PHASE: 1;
    static readonly AT_TARGET: 2;
    static readonly BUBBLING_PHASE: 3;
    readonly NONE: 0;
    readonly CAPTURING_PHASE: 1;
    readonly AT_TARGET: 2;
    readonly BUBBLING_PHASE: 3;
    readonly type: string;
    readonly target: EventTarget | null;
    readonly srcElement: EventTarget | null;
    readonly currentTarget: EventTarget | null;
    readonly eventPhase: number;
    readonly bubbles: boolean;
    readonly cancelable: boolean;
    readonly composed: boolean;
    readonly defaultPrevented: boolean;
    readonly isTrusted: boolean;
    readonly timeStamp: number;
    cancelBubble: boolean;
    returnValue: boolean;
    composedPath(): EventTarget[];
    preventDefault(): void;
    stopPropagation(): void;
    stopImmediatePropagation(): void;
  }

  class CustomEvent<T = unknown> extends Event {
    constructor(type: string, init?: EventInit & { detail?: T });
    readonly detail: T;
  }

  class EventTarget {
    addEventListener(type: string, listener: Listener | null, options?: boolean | ListenerOptions): void;
    removeEventListener(
      type: string,
      listener: Listener | null,
      options?: boolean | { capture?: boolean },
    ): void;
    dispatchEvent(event: Event): boolean;
  }

  class AbortSignal extends EventTarget {
    private constructor();
    static abort(reason?: unknown): AbortSignal;
    static timeout(ms: number): AbortSignal;
    static any(signals: Iterable<AbortSignal>): AbortSignal;
    readonly aborted: boolean;
    // biome-ignore lint/suspicious/noExplicitAny: as in the types of the web platform
    readonly reason: any;
    onabort: ((event: Event) => void) | null;
    throwIfAborted(): void;
  }

  class AbortController {
    readonly signal: AbortSignal;
    abort(reason?: unknown): void;
  }

  interface DOMException extends Error, LegacyCodes {
    readonly code: number;
  }
  const DOMException: LegacyCodes & {
    new (message?: string, name?: string): DOMException;
    readonly prototype: DOMException;
  };

  /** What the engine throws when there is no memory. */
  class InternalError extends Error {}

  class CryptoKey {
    private constructor();
    readonly type: "secret";
    readonly extractable: boolean;
    readonly algorithm: object;
    readonly usages: KeyUsage[];
  }

  class Crypto {
    private constructor();
    readonly subtle: SubtleCrypto;
    getRandomValues<T extends ArrayBufferView>(array: T): T;
    randomUUID(): string;
  }

  /** Hashes and HMAC, with which webhooks are signed. */
  class SubtleCrypto {
    private constructor();
    digest(algorithm: HashName | { name: HashName }, data: BufferSource): Promise<ArrayBuffer>;
    generateKey(
      algorithm: HmacAlgorithm,
      extractable: boolean,
      usages: readonly KeyUsage[],
    ): Promise<CryptoKey>;
    importKey(
      format: "raw",
      key: BufferSource,
      algorithm: HmacAlgorithm,
      extractable: boolean,
      usages: readonly KeyUsage[],
    ): Promise<CryptoKey>;
    importKey(
      format: "jwk",
      key: JsonWebKey,
      algorithm: HmacAlgorithm,
      extractable: boolean,
      usages: readonly KeyUsage[],
    ): Promise<CryptoKey>;
    exportKey(format: "raw", key: CryptoKey): Promise<ArrayBuffer>;
    exportKey(format: "jwk", key: CryptoKey): Promise<JsonWebKey>;
    sign(algorithm: "HMAC" | { name: "HMAC" }, key: CryptoKey, data: BufferSource): Promise<ArrayBuffer>;
    verify(
      algorithm: "HMAC" | { name: "HMAC" },
      key: CryptoKey,
      signature: BufferSource,
      data: BufferSource,
    ): Promise<boolean>;
  }

  const crypto: Crypto;

  /** Everything goes to the output of the run. */
  const console: {
    log(...values: unknown[]): void;
    info(...values: unknown[]): void;
    debug(...values: unknown[]): void;
    warn(...values: unknown[]): void;
    error(...values: unknown[]): void;
    trace(...values: unknown[]): void;
    dir(value: unknown, options?: { depth?: number | null }): void;
    dirxml(...values: unknown[]): void;
    table(...values: unknown[]): void;
    assert(condition?: unknown, ...values: unknown[]): void;
    count(label?: string): void;
    countReset(label?: string): void;
    group(...values: unknown[]): void;
    groupCollapsed(...values: unknown[]): void;
    groupEnd(): void;
    time(label?: string): void;
    timeLog(label?: string, ...values: unknown[]): void;
    timeEnd(label?: string): void;
    clear(): void;
  };

  /** The clock that the runtime grants. */
  const performance: { now(): number; readonly timeOrigin: number; toJSON(): object };

  interface JSON {
    // biome-ignore lint/suspicious/noExplicitAny: as in the types of the language
    parse(text: Content, reviver?: (this: any, key: string, value: any) => any): any;
  }

  // biome-ignore lint/suspicious/noExplicitAny: as in the types of the web platform
  function setTimeout(handler: (...args: any[]) => void, ms?: number, ...args: unknown[]): number;
  // biome-ignore lint/suspicious/noExplicitAny: as in the types of the web platform
  function setInterval(handler: (...args: any[]) => void, ms?: number, ...args: unknown[]): number;
  function clearTimeout(timer?: number): void;
  function clearInterval(timer?: number): void;
  function queueMicrotask(callback: () => void): void;
  function structuredClone<T>(value: T, options?: { transfer?: readonly ArrayBuffer[] }): T;
  function atob(text: string): string;
  function btoa(text: string): string;
}
