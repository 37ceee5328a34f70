/** The parts of an HTTP archive (HAR 1.2) that are read and written here. Everything else is kept as it is. */
export interface Har {
  log: HarLog;
}

export interface HarLog {
  version: string;
  creator: { name: string; version: string };
  entries: HarEntry[];
  /** The full name of the test. */
  _test?: string | undefined;
}

export interface HarEntry {
  startedDateTime: string;
  time: number;
  request: HarRequest;
  response: HarResponse;
  cache: object;
  timings: Record<string, number>;
  serverIPAddress?: string;
  /** The thread of the call. */
  _thread?: string;
  /** How the exchange failed, as `code` of a result. */
  _code?: string;
}

export interface HarPair {
  name: string;
  value: string;
  /** Whether each character is one byte, because the bytes are not UTF-8. */
  _latin1?: boolean;
}

export interface HarRequest {
  method: string;
  url: string;
  httpVersion: string;
  cookies: HarPair[];
  headers: HarPair[];
  queryString: HarPair[];
  postData?: HarPost;
  headersSize: number;
  bodySize: number;
}

export interface HarPost {
  mimeType: string;
  text?: string;
  params?: Partial<HarPair>[];
  /** "base64" if the body is not text. */
  _encoding?: string;
}

export interface HarResponse {
  status: number;
  statusText: string;
  httpVersion: string;
  cookies: HarPair[];
  headers: HarPair[];
  content: HarContent;
  redirectURL: string;
  headersSize: number;
  bodySize: number;
}

export interface HarContent {
  size: number;
  mimeType: string;
  text?: string;
  /** "base64" if the content is not text. */
  encoding?: string;
  /** A file that has the content instead. Playwright writes it. */
  _file?: string;
  /** The coding that was undone, and is done again when it is replayed. */
  _coding?: string;
}

/** The creator of our own files. */
export const CREATOR = "http-background";

/** The first header of a name, which is in lower case. */
export function headerOf(headers: readonly HarPair[], name: string): HarPair | undefined {
  return headers.find((header) => header.name.toLowerCase() === name);
}
