import { Lru } from "../../collections/lru.ts";
import type { ByteString } from "../transfer/byte-string.ts";
import { parseUrl, type Url } from "./url.ts";

const MOST_URLS = 256;
/** Maximum length of a URL that is remembered. Whoever makes calls may choose the URL, and others pay for its memory. */
const LONGEST = 1024;

const recent = new Lru<ByteString, Url>(MOST_URLS);

/** Like `parseUrl`, but it remembers the URLs that were parsed last. Most calls have the URL of an earlier call. */
export function parseUrlOnce(text: ByteString): Url {
  if (text.length > LONGEST) return parseUrl(text);
  let url = recent.get(text);
  if (url === undefined) {
    url = parseUrl(text);
    recent.set(text, url);
  }
  return url;
}
