import { HttpBackgroundError } from "../../api/errors.ts";
import { parseUrl, type Url } from "../url/url.ts";

/** Throws a BAD_CONFIG that names the entry, says what is wrong, and how to write it. */
export type Refuse = (why: string) => never;

/** Makes the function that refuses one entry; `option` is the path of its key. */
export function refusing(entry: unknown, option: string): Refuse {
  return (why) => {
    const shown = typeof entry === "string" ? JSON.stringify(entry) : typeof entry;
    throw new HttpBackgroundError("BAD_CONFIG", `${option}: ${shown} ${why}`, { option });
  };
}

/** Parses an entry as a URL, so that the entry and a URL mean the same host; null if it is not a valid URL. */
export function parseEntry(url: string): Url | null {
  try {
    return parseUrl(Buffer.from(url, "utf8").toString("latin1"));
  } catch {
    return null;
  }
}
