import { HttpBackgroundError } from "../../api/errors.ts";
import { parseUrl, type Url } from "../url/url.ts";

/** Ends the reading of an entry with a BAD_CONFIG that names it, says what is wrong and how to write it. */
export type Refuse = (why: string) => never;

/** How one entry is refused; `option` is the path of its key. */
export function refusing(entry: unknown, option: string): Refuse {
  return (why) => {
    const shown = typeof entry === "string" ? JSON.stringify(entry) : typeof entry;
    throw new HttpBackgroundError("BAD_CONFIG", `${option}: ${shown} ${why}`, { option });
  };
}

/** What the URL parser makes of an entry, so that an entry means what a URL with it means; null when nothing. */
export function parseEntry(url: string): Url | null {
  try {
    return parseUrl(Buffer.from(url, "utf8").toString("latin1"));
  } catch {
    return null;
  }
}
