import { startsWithIgnoringCase, Text } from "../values/text.ts";

/** Pairs: the end of a file name, and the type that libcurl gives it (lib/mime.c, Curl_mime_contenttype). */
// biome-ignore format: one pair in each line
const MEDIA_TYPES: StaticArray<string> = [
  ".gif", "image/gif",
  ".jpg", "image/jpeg",
  ".jpeg", "image/jpeg",
  ".png", "image/png",
  ".svg", "image/svg+xml",
  ".txt", "text/plain",
  ".htm", "text/html",
  ".html", "text/html",
  ".pdf", "application/pdf",
  ".xml", "application/xml",
];

/** The media type for the end of a file name, in any letter case; "" if it is not known. */
export function mediaTypeOf(filename: Text): string {
  for (let i = 0; i < MEDIA_TYPES.length; i += 2) {
    const suffix = unchecked(MEDIA_TYPES[i]);
    const length = suffix.length;
    if (filename.len < length) continue;
    if (startsWithIgnoringCase(filename.ptr + filename.len - length, length, suffix)) {
      return unchecked(MEDIA_TYPES[i + 1]);
    }
  }
  return "";
}
