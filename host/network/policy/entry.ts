import { parseUrl, type Url } from "../url/url.ts";

/** Parses an entry as a URL, so that the entry and a URL mean the same host; null if it is not a valid URL. */
export function parseEntry(url: string): Url | null {
  try {
    return parseUrl(Buffer.from(url, "utf8").toString("latin1"));
  } catch {
    return null;
  }
}
