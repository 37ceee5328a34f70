import { ResponseHeaders } from "../../api/response-headers.ts";
import type { SentRequest } from "../exchange/sent-request.ts";
import { TestKitError } from "../mistakes/test-kit-error.ts";
import { parseParts, type TestPart } from "./multipart.ts";
import { HIDDEN, SecretValues } from "./secret-values.ts";

/** No secrets. */
const NONE = new SecretValues();

/**
 * A request as it would have been sent. The headers and credentials that a rule of the policy has put in are shown as
 * `[secret]`.
 */
export class TestRequest {
  readonly method: string;
  /** The whole URL, without credentials and fragment. */
  readonly url: string;
  /** The id of the thread of the configuration. */
  readonly thread: string;
  /** The number of the run of a script; null for a call of the application. */
  readonly run: number | null;
  readonly #sent: SentRequest;
  /** What is hidden wherever it is; null if nothing is hidden. */
  readonly #secrets: SecretValues | null;
  #headers: RequestHeaders | undefined;
  #body: Buffer | undefined;

  /** @internal */
  constructor(sent: SentRequest, secrets: SecretValues | null = NONE) {
    this.#sent = sent;
    this.#secrets = secrets;
    this.method = fromBytes(sent.method);
    this.url = fromBytes(this.#shown(sent.url));
    this.thread = sent.thread;
    this.run = sent.run;
  }

  /** All headers but those that frame the body, in order. Text of the caller is text again. */
  get headers(): RequestHeaders {
    this.#headers ??= new ResponseHeaders(pairs(this.#shownHeaders().map(fromBytes)));
    return this.#headers;
  }

  /** The body, without its framing. It is empty if there is none. */
  get body(): Buffer {
    this.#body ??= this.#shownBytes(this.#sent.body);
    return this.#body;
  }

  /** The body as UTF-8. */
  get text(): string {
    return this.body.toString();
  }

  /** What a connection of HTTP/1.1 would have carried: the head, and the body in its framing. */
  get raw(): Buffer {
    return this.#shownBytes(this.#sent.raw(this.#shownHeaders()));
  }

  /** The media type of the body, in lower case, without parameters; "" if there is none. */
  get type(): string {
    return (this.headers.get("content-type") ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
  }

  /** @throws TestKitError BAD_REQUEST if the body is not JSON */
  json(): unknown {
    try {
      return JSON.parse(this.text);
    } catch (error) {
      throw new TestKitError("BAD_REQUEST", `the body of ${this} is not JSON`, error);
    }
  }

  /** The fields of a form in `application/x-www-form-urlencoded`. */
  form(): URLSearchParams {
    return new URLSearchParams(this.text);
  }

  /** The parts of a multipart body, in order. @throws TestKitError BAD_REQUEST if it is none */
  parts(): TestPart[] {
    const parts = parseParts(this.headers.get("content-type") ?? "", this.body);
    if (parts === null) throw new TestKitError("BAD_REQUEST", `the body of ${this} is not multipart`);
    return parts;
  }

  /** The same request with the secrets of rules. Do not print it. */
  revealed(): TestRequest {
    return new TestRequest(this.#sent, null);
  }

  toString(): string {
    return `${this.method} ${this.url}`;
  }

  #shownHeaders(): readonly string[] {
    const { headers, sensitive = [] } = this.#sent.head;
    if (this.#secrets === null) return headers;
    const hidden = new Set(sensitive.map((name) => name.toLowerCase()));
    const isHidden = (at: number): boolean =>
      at % 2 === 1 && hidden.has(headers[at - 1]?.toLowerCase() ?? "");
    return headers.map((text, at) => (isHidden(at) ? HIDDEN : this.#shown(text)));
  }

  /** @param text One character a byte */
  #shown(text: string): string {
    return this.#secrets?.hideIn(text, "latin1") ?? text;
  }

  #shownBytes(bytes: Buffer): Buffer {
    if (this.#secrets === null || this.#secrets.isEmpty) return bytes;
    return Buffer.from(this.#shown(bytes.toString("latin1")), "latin1");
  }
}

/** The headers of a request: `get`, `getAll`, `has`, and pairs in order. */
export type RequestHeaders = ResponseHeaders;

function pairs(texts: readonly string[]): (readonly [string, string])[] {
  const list: (readonly [string, string])[] = [];
  for (let at = 0; at + 1 < texts.length; at += 2) list.push([texts[at] ?? "", texts[at + 1] ?? ""]);
  return list;
}

const BEYOND_ASCII = /[\x80-\xff]/;

function fromBytes(text: string): string {
  if (!BEYOND_ASCII.test(text)) return text;
  return Buffer.from(text, "latin1").toString("utf8");
}
