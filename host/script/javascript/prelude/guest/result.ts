import {
  KEY_CODE,
  KEY_CONTENT,
  KEY_ERROR,
  KEY_OPTION,
  KEY_STATUS,
  KEY_THROWS,
} from "../../../../../assembly/abi.ts";
import { type HandleValue, MessagePackReader } from "../seam/message-pack-reader.ts";
import { HttpBackgroundError } from "../values/mistake.ts";
import { Content } from "./content.ts";
import { ResponseHeaders } from "./response-headers.ts";

/** The server answered, with any status. Only `status` and `content` are members of its own. */
export class Answered {
  readonly status: number;
  readonly content: Content;
  declare readonly error?: undefined;
  declare readonly code?: undefined;
  readonly #url: string;
  /** The headers, or where they are: few scripts ask for them. */
  #headers: ResponseHeaders | MessagePackReader | undefined;

  constructor(answer: Answer, content: Content) {
    this.status = answer.status;
    this.content = content;
    this.#url = answer.url;
    this.#headers = answer.headers;
  }

  get headers(): ResponseHeaders {
    if (!(this.#headers instanceof ResponseHeaders)) this.#headers = readHeaders(this.#headers);
    return this.#headers;
  }

  get url(): string {
    return this.#url;
  }
}

/** The transfer failed. */
export interface Failed {
  readonly error: string;
  readonly code: string;
  readonly status?: undefined;
}

export type Result = Answered | Failed;

const KEY_HEADERS = "headers";
const KEY_URL = "url";

/** What an answer says. */
interface Answer {
  status: number;
  content: HandleValue | undefined;
  url: string;
  /** Reads its headers. */
  headers: MessagePackReader | undefined;
  /** Its other texts. */
  readonly texts: Record<string, string>;
}

/** The result in the answer of a call, or the mistake that the call was. */
export function readResult(bytes: ArrayBuffer): Result | HttpBackgroundError {
  const answer = readAnswer(bytes);
  if (answer.content !== undefined) return new Answered(answer, new Content(answer.content));
  const { texts } = answer;
  const error = texts[KEY_ERROR];
  const code = texts[KEY_CODE] ?? "";
  if (error !== undefined) return { error, code };
  return new HttpBackgroundError(code, texts[KEY_THROWS] ?? "", texts[KEY_OPTION] || undefined);
}

function readAnswer(bytes: ArrayBuffer): Answer {
  const reader = new MessagePackReader(bytes);
  const answer: Answer = { status: 0, content: undefined, url: "", headers: undefined, texts: {} };
  for (let left = reader.readCount(); left > 0; left--) {
    const key = reader.readText();
    if (key === KEY_STATUS) answer.status = reader.readNumber();
    else if (key === KEY_CONTENT) answer.content = reader.readHandle();
    else if (key === KEY_URL) answer.url = reader.readText();
    else if (key === KEY_HEADERS) answer.headers = reader.readNested();
    else answer.texts[key] = reader.readText();
  }
  return answer;
}

function readHeaders(reader: MessagePackReader | undefined): ResponseHeaders {
  if (reader === undefined) return new ResponseHeaders([]);
  return new ResponseHeaders(Array.from({ length: reader.readCount() }, () => reader.readText()));
}
