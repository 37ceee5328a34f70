import { host } from "../seam/host.ts";
import { requireArguments, toText } from "../values/idl.ts";
import { onChange, setList, URLSearchParams } from "./url-search-params.ts";

/** The parts of a URL, as the host says them. */
type Part =
  | "protocol"
  | "username"
  | "password"
  | "host"
  | "hostname"
  | "port"
  | "pathname"
  | "search"
  | "hash";
type Parts = Readonly<Record<Part | "href" | "origin", string>>;

export class URL {
  #parts: Parts;
  #params: URLSearchParams | undefined;

  constructor(url: unknown, base?: unknown) {
    requireArguments(arguments.length, 1, "URL");
    const parts = parse(url, base);
    if (parts === undefined) throw new TypeError(`Invalid URL: ${url}`);
    this.#parts = parts;
  }

  static canParse(url: unknown, base?: unknown): boolean {
    requireArguments(arguments.length, 1, "URL.canParse");
    return parse(url, base) !== undefined;
  }

  static parse(url: unknown, base?: unknown): URL | null {
    requireArguments(arguments.length, 1, "URL.parse");
    const parts = parse(url, base);
    return parts === undefined ? null : new URL(parts.href);
  }

  get href(): string {
    return this.#parts.href;
  }

  set href(value: unknown) {
    const parts = parse(value);
    if (parts === undefined) throw new TypeError(`Invalid URL: ${value}`);
    this.#change(parts);
  }

  get origin(): string {
    return this.#parts.origin;
  }

  get protocol(): string {
    return this.#parts.protocol;
  }

  set protocol(value: unknown) {
    this.#set("protocol", value);
  }

  get username(): string {
    return this.#parts.username;
  }

  set username(value: unknown) {
    this.#set("username", value);
  }

  get password(): string {
    return this.#parts.password;
  }

  set password(value: unknown) {
    this.#set("password", value);
  }

  get host(): string {
    return this.#parts.host;
  }

  set host(value: unknown) {
    this.#set("host", value);
  }

  get hostname(): string {
    return this.#parts.hostname;
  }

  set hostname(value: unknown) {
    this.#set("hostname", value);
  }

  get port(): string {
    return this.#parts.port;
  }

  set port(value: unknown) {
    this.#set("port", value);
  }

  get pathname(): string {
    return this.#parts.pathname;
  }

  set pathname(value: unknown) {
    this.#set("pathname", value);
  }

  get search(): string {
    return this.#parts.search;
  }

  set search(value: unknown) {
    this.#set("search", value);
  }

  get searchParams(): URLSearchParams {
    if (this.#params === undefined) {
      this.#params = new URLSearchParams(this.#parts.search);
      onChange(this.#params, (text) => this.#setOnly("search", text));
    }
    return this.#params;
  }

  get hash(): string {
    return this.#parts.hash;
  }

  set hash(value: unknown) {
    this.#set("hash", value);
  }

  toString(): string {
    return this.#parts.href;
  }

  toJSON(): string {
    return this.#parts.href;
  }

  #set(part: Part, value: unknown): void {
    this.#change(set(this.#parts, part, toText(value)));
  }

  #change(parts: Parts): void {
    const isSame = parts.search === this.#parts.search;
    this.#parts = parts;
    if (!isSame && this.#params !== undefined) setList(this.#params, parts.search);
  }

  /** As `#set`, for a change that comes from the list of parameters itself. */
  #setOnly(part: Part, value: string): void {
    this.#parts = set(this.#parts, part, value);
  }
}

function parse(url: unknown, base?: unknown): Parts | undefined {
  const json = host.parseUrl(toText(url), base === undefined ? undefined : toText(base));
  return json === undefined ? undefined : JSON.parse(json);
}

function set(parts: Parts, part: Part, value: string): Parts {
  const json = host.setUrl(parts.href, part, value);
  return json === undefined ? parts : JSON.parse(json);
}
