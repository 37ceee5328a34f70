import { isUtf8 } from "node:buffer";
import { refuseUnknownOptions } from "../../api/config.ts";
import { HttpBackgroundError } from "../../api/errors.ts";
import { TestKitError } from "../mistakes/test-kit-error.ts";
import { cookieSecrets, userSecrets } from "../request/header-secrets.ts";
import { HIDDEN, SecretValues } from "../request/secret-values.ts";
import { type BodyKind, isCleanBody } from "./clean-body.ts";
import { glimpse } from "./codings.ts";
import type { HarEntry, HarLog, HarPair, HarRequest, HarResponse } from "./har.ts";
import { type HiddenNames, hideFields, hideParameters } from "./hidden-fields.ts";
import { codingOf, hideHeader } from "./hidden-headers.ts";
import { HIDDEN_HEADERS, isHiddenField, isHiddenParameter } from "./hidden-names.ts";
import { hideInUrls } from "./hidden-urls.ts";
import type { Pace } from "./pace.ts";

/** What is hidden in cassettes, besides what is always hidden. Case does not matter in names. */
export interface RedactOptions {
  /** Names of headers, of requests and responses. */
  readonly headers?: readonly string[] | undefined;
  /** Names of parameters of queries. */
  readonly query?: readonly string[] | undefined;
  /** Names of members of JSON, at any depth, and of fields of forms, in bodies and contents. */
  readonly fields?: readonly string[] | undefined;
  /** Texts, wherever they are. */
  readonly values?: readonly string[] | undefined;
}

const KEYS: readonly (keyof RedactOptions)[] = ["headers", "query", "fields", "values"];

/** Hides what is secret in entries of cassettes. What it has hidden stays as it is when it is done again. */
export class Redaction {
  /** The secrets that were seen so far. */
  readonly secrets: SecretValues;
  readonly #headers: Set<string>;
  readonly #query: HiddenNames;
  readonly #fields: HiddenNames;

  /** @throws HttpBackgroundError BAD_CONFIG, which names the wrong member */
  constructor(options: RedactOptions = {}) {
    refuseUnknownOptions(options, KEYS, "BAD_CONFIG", "redact");
    for (const key of KEYS) {
      const list = options[key];
      if (list === undefined || (Array.isArray(list) && list.every((one) => typeof one === "string")))
        continue;
      throw new HttpBackgroundError("BAD_CONFIG", `redact.${key}: must be a list of texts`, {
        option: `redact.${key}`,
      });
    }
    const lower = (names: readonly string[] = []): Set<string> =>
      new Set(names.map((name) => name.toLowerCase()));
    const hidden = (
      isAlways: (name: string) => boolean,
      names: readonly string[] | undefined,
    ): HiddenNames => {
      const own = lower(names);
      return {
        has: (name) => own.has(name.toLowerCase()) || isAlways(name),
        found: (value) => this.secrets.add(value),
      };
    };
    this.#headers = lower([...HIDDEN_HEADERS, ...(options.headers ?? [])]);
    this.#query = hidden(isHiddenParameter, options.query);
    this.#fields = hidden(isHiddenField, options.fields);
    this.secrets = new SecretValues(options.values);
  }

  /** The entries without their secrets. What is secret in one is hidden in all. */
  async entries(entries: readonly HarEntry[], pace: Pace): Promise<HarEntry[]> {
    const { size } = this.secrets;
    const shown = await this.#eachLater(entries, pace);
    return this.secrets.size === size ? shown : this.#eachLater(entries, pace);
  }

  async #eachLater(entries: readonly HarEntry[], pace: Pace): Promise<HarEntry[]> {
    const shown: HarEntry[] = [];
    for (const entry of entries) shown.push(await this.entryLater(entry, pace));
    return shown;
  }

  /** Remembers the secrets of a request, so that they are hidden in other entries as well. */
  learnRequest(request: HarRequest): void {
    this.request(request);
  }

  /** Hides the header of a rule from now on, whatever its value is. */
  addInjected(name: string): void {
    this.#headers.add(name.toLowerCase());
  }

  /** The entry without its secrets. Long bodies are looked at over several turns of the event loop. */
  async entryLater(entry: HarEntry, pace: Pace): Promise<HarEntry> {
    const { request, response } = entry;
    const hidden = { secrets: this.secrets, hideNamed: this.#named.bind(this) };
    const isClean = async (text: string | undefined, kind: BodyKind): Promise<boolean> =>
      text !== undefined && (await isCleanBody(text, kind, hidden, pace));
    const shown = this.entry(entry, {
      request: await isClean(request.postData?.text, postKind(request)),
      response: await isClean(response.content.text, contentKind(response)),
    });
    await pace.rest();
    return shown;
  }

  /** The entry without its secrets. */
  entry(entry: HarEntry, isClean = { request: false, response: false }): HarEntry {
    const { response } = entry;
    const { content } = response;
    const isSame = content.text === undefined || isClean.response;
    const shown = isSame ? {} : { text: this.#body(content.text ?? "", contentKind(response)) };
    return {
      ...(this.#rest(entry, 0) as HarEntry),
      request: this.request(entry.request, isClean.request),
      response: {
        ...(this.#rest(response, 0) as HarEntry["response"]),
        headers: this.#headerPairs(response.headers),
        ...(response.cookies && { cookies: this.#cookies(response.cookies) }),
        ...(response.redirectURL && { redirectURL: this.#url(response.redirectURL) }),
        content: { ...this.#inside(content), ...shown },
      },
    };
  }

  /** The request without its secrets. It is compared so, and written so. */
  request(request: HarRequest, isCleanBody = false): HarRequest {
    const { postData } = request;
    const shown: HarRequest = {
      ...(this.#rest(request, 0) as HarRequest),
      url: this.#url(request.url),
      headers: this.#headerPairs(request.headers),
      ...(request.cookies && { cookies: this.#cookies(request.cookies) }),
      ...(request.queryString && { queryString: this.#pairs(request.queryString, this.#query) }),
    };
    if (postData === undefined) return shown;
    const isSame = postData.text === undefined || isCleanBody;
    const text = isSame ? {} : { text: this.#body(postData.text ?? "", postKind(request)) };
    const { params } = postData;
    const hidden = params && this.#pairs(params as HarPair[], this.#fields);
    return { ...shown, postData: { ...this.#inside(postData), ...text, ...(hidden && { params: hidden }) } };
  }

  /** The log without its secrets, but for its entries. */
  rest(log: HarLog): HarLog {
    return { ...(this.#rest({ ...log, entries: [] }, 0) as HarLog), entries: log.entries };
  }

  #pairs(pairs: readonly HarPair[], hidden: HiddenNames): HarPair[] {
    return pairs.map((pair) => {
      const { name, value = "" } = pair;
      const shown = { ...this.#inside(pair), name: this.secrets.hideIn(name) };
      if (!hidden.has(name)) return { ...shown, value: this.#anyText(value) };
      hidden.found(value);
      return { ...shown, value: HIDDEN };
    });
  }

  #headerPairs(pairs: readonly HarPair[]): HarPair[] {
    return pairs.map((pair) => {
      if (!this.#headers.has(pair.name.toLowerCase()))
        return { ...this.#inside(pair), value: this.#headerValue(pair.value) };
      this.secrets.addHeader(pair.name, pair.value);
      return { ...this.#inside(pair), value: this.secrets.hideIn(hideHeader(pair)) };
    });
  }

  #cookies(pairs: readonly HarPair[]): HarPair[] {
    return pairs.map((pair) => {
      for (const secret of cookieSecrets(pair.value ?? "")) this.secrets.add(secret);
      return { ...this.#inside(pair), value: HIDDEN };
    });
  }

  /** A header may hold a URL, such as Location. */
  #headerValue(value: string): string {
    return value.includes("?") || value.includes("://") ? this.#url(value) : this.secrets.hideIn(value);
  }

  #url(url: string): string {
    const [, scheme = "", user = ""] = USER_INFO.exec(url) ?? [];
    for (const secret of userSecrets(user)) this.secrets.add(secret);
    const text = this.secrets.hideIn(
      user === "" ? url : `${scheme}${url.slice(scheme.length + user.length + 1)}`,
    );
    const [main = "", ...fragment] = text.split("#");
    return [this.#parameters(main, false), ...fragment.map((one) => this.#parameters(one, true))].join("#");
  }

  /** Behind a question mark; in a fragment, before it too. */
  #parameters(text: string, isFragment: boolean): string {
    const [start = "", ...query] = text.split(/\?(.*)/s, 2);
    const shown = query.map((one) => hideParameters(one, this.#query));
    return [isFragment ? hideParameters(start, this.#query) : start, ...shown].join("?");
  }

  #body(text: string, { encoding, mimeType, coding }: BodyKind): string {
    if (encoding === "base64") return this.#bytes(text, mimeType, coding);
    return this.#named(this.secrets.hideIn(text), mimeType);
  }

  /** Without what has the name of a secret. */
  #named(text: string, mimeType = ""): string {
    return hideInUrls(hideFields(text, mimeType, this.#fields), this.#query);
  }

  /** What is text is looked at as text: programs write some of that in base64, too. */
  #bytes(base64: string, mimeType = "", coding = ""): string {
    const bytes = Buffer.from(base64, "base64");
    const inner = glimpse(bytes, coding);
    // What cannot be compressed again is hidden as a whole.
    if (inner !== null && this.#shownBytes(inner, mimeType) !== null)
      return Buffer.from(HIDDEN).toString("base64");
    return this.#shownBytes(bytes, mimeType)?.toString("base64") ?? base64;
  }

  /** null if nothing is hidden in them. */
  #shownBytes(bytes: Buffer, mimeType: string): Buffer | null {
    const encoding = isUtf8(bytes) ? "utf8" : "latin1";
    const text = bytes.toString(encoding);
    const shown = this.#named(this.secrets.hideIn(text, encoding), mimeType);
    return shown === text ? null : Buffer.from(shown, encoding);
  }

  /** Members that are not looked at by name: programs keep URLs and messages in members of their own. */
  #rest(value: unknown, depth: number, lookedAt = LOOKED_AT): unknown {
    if (typeof value === "string") return this.#anyText(value);
    if (typeof value !== "object" || value === null) return value;
    if (depth > DEEPEST) throw new TestKitError("BAD_CASSETTE", "an entry of the cassette is too deep");
    if (Array.isArray(value)) return value.map((one) => this.#rest(one, depth + 1));
    const shown = Object.entries(value).map(([key, one]) => [
      key,
      depth === 0 && lookedAt.has(key) ? one : this.#rest(one, depth + 1),
    ]);
    return Object.fromEntries(shown);
  }

  /** What a pair or a body has besides. */
  #inside<T extends object>(members: T): T {
    return this.#rest(members, 0, LOOKED_AT_INSIDE) as T;
  }

  #anyText(text: string): string {
    if (/^https?:\/\//i.test(text)) return this.#url(text);
    const start = text.trimStart().slice(0, 1);
    return start === "{" || start === "[" ? this.#body(text, {}) : this.secrets.hideIn(text);
  }
}

/** How deep members of entries are looked at. */
const DEEPEST = 200;
/** Members for which there are methods of their own. */
const LOOKED_AT: ReadonlySet<string> = new Set([
  ...[
    "request",
    "response",
    "headers",
    "cookies",
    "queryString",
    "postData",
    "content",
    "url",
    "redirectURL",
  ],
]);

const USER_INFO = /^(https?:\/\/)([^/?#]{0,2000})@/i;

/** The same, of pairs and bodies. */
const LOOKED_AT_INSIDE: ReadonlySet<string> = new Set([
  ...["name", "value", "text", "params", "encoding", "_encoding", "_coding"],
]);

function postKind({ postData, headers }: HarRequest): BodyKind {
  return { mimeType: postData?.mimeType, encoding: postData?._encoding, coding: codingOf(headers) };
}

function contentKind({ content, headers }: HarResponse): BodyKind {
  return { ...content, coding: content._coding === undefined ? codingOf(headers) : "" };
}
