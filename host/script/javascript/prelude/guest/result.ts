import {
  KEY_CODE,
  KEY_CONTENT,
  KEY_ERROR,
  KEY_OPTION,
  KEY_STATUS,
  KEY_THROWS,
} from "../../../../../assembly/abi.ts";
import type { HandleValue, Value } from "../seam/message-pack-reader.ts";
import { MessagePackReader } from "../seam/message-pack-reader.ts";
import type { HttpBackgroundError } from "../values/mistake.ts";
import { Content } from "./content.ts";
import { ResponseHeaders } from "./response-headers.ts";

/** The server answered, with any status. `headers` and `url` are not enumerable. */
export interface Answered {
  readonly status: number;
  readonly content: Content;
  readonly headers: ResponseHeaders;
  readonly url: string;
  readonly error?: undefined;
  readonly code?: undefined;
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

/**
 * The result in the answer of a call.
 *
 * @param mistake Is thrown if the call was a mistake. It was made where the script made the call
 * @throws HttpBackgroundError
 */
export function readResult(answer: ArrayBuffer, mistake: HttpBackgroundError): Result {
  const record = new MessagePackReader(answer).read() as Record<string, Value>;
  if (KEY_THROWS in record) throw complete(mistake, record);
  if (KEY_ERROR in record) return { error: record[KEY_ERROR] as string, code: record[KEY_CODE] as string };
  const content = new Content(record[KEY_CONTENT] as HandleValue);
  const result = { status: record[KEY_STATUS] as number, content };
  const headers = new ResponseHeaders((record[KEY_HEADERS] ?? []) as string[]);
  Object.defineProperty(result, "headers", { value: headers, configurable: true });
  return Object.defineProperty(result, "url", { value: record[KEY_URL], configurable: true }) as Answered;
}

function complete(mistake: HttpBackgroundError, record: Record<string, Value>): HttpBackgroundError {
  const option = record[KEY_OPTION];
  return Object.assign(mistake, {
    code: record[KEY_CODE],
    option: option === "" ? undefined : option,
    message: record[KEY_THROWS],
  });
}
