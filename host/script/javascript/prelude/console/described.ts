import { AbortSignal } from "../events/abort-signal.ts";
import { Event } from "../events/event.ts";
import { Headers } from "../fetch/headers.ts";
import { Request } from "../fetch/request.ts";
import { Response } from "../fetch/response.ts";
import { Blob } from "../files/blob.ts";
import { File } from "../files/file.ts";
import { FormData } from "../files/form-data.ts";
import { Content } from "../guest/content.ts";
import { ResponseHeaders } from "../guest/response-headers.ts";
import { URL } from "../url/url.ts";
import { URLSearchParams } from "../url/url-search-params.ts";

interface Described {
  readonly name: string;
  readonly members: object;
}

type Row = readonly [type: abstract new (...args: never[]) => object, names: readonly string[]];

/** The members of our own objects that are shown: they are in no place that everybody sees. */
const ROWS: readonly Row[] = [
  [
    URL,
    [
      "href",
      "origin",
      "protocol",
      "username",
      "password",
      "host",
      "hostname",
      "port",
      "pathname",
      "search",
      "hash",
    ],
  ],
  [File, ["size", "type", "name", "lastModified"]],
  [Blob, ["size", "type"]],
  [Request, ["method", "url", "headers", "redirect", "bodyUsed"]],
  [Response, ["status", "statusText", "headers", "bodyUsed", "ok", "redirected", "type", "url"]],
  [AbortSignal, ["aborted"]],
  [Event, ["type", "defaultPrevented", "cancelable", "timeStamp"]],
  [Content, ["length"]],
];

/** Lists of pairs. */
const PAIRS = [Headers, URLSearchParams, FormData, ResponseHeaders];

/** What is shown instead of one of our own objects; undefined for any other one. */
export function describe(value: object): Described | string | undefined {
  for (const [type, names] of ROWS)
    if (value instanceof type) {
      const members = names.map((name) => [name, (value as Record<string, unknown>)[name]]);
      return { name: type.name, members: Object.fromEntries(members) };
    }
  for (const type of PAIRS)
    if (value instanceof type) return { name: type.name, members: Object.fromEntries(value) };
  return undefined;
}
