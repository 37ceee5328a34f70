const ABORTED = "a `Response` cannot be told that it was aborted: reading it fails, a few microtasks later";

/**
 * Tests in which our `fetch` differs from that of browsers, and not from that of Node: a part of the path, a part of the
 * name, and why.
 */
const KNOWN: readonly (readonly [path: string, name: string, reason: string])[] = [
  ["abort/general", "rejects if already aborted", ABORTED],
  ["abort/general", "Call text() twice", ABORTED],
  ["basic/accept-header", "accept-language", "the headers are those of a call: there is no Accept-Language"],
  ["basic/mode-same-origin", "redirect.py", "there is no CORS, which protects users of a browser"],
  [
    "basic/request-forbidden-headers",
    "forbidden request header",
    "no header is forbidden: whoever calls is the application",
  ],
  [
    "basic/request-headers-case",
    "",
    "names are sent in lower case: `Headers` does not tell how they were spelled",
  ],
  ["basic/request-headers.", "", "the headers are those of a call: there is no User-Agent and no Origin"],
  ["basic/request-upload", "421", "no response leads to another request but a redirect"],
  [
    "content-length/parsing",
    "network error",
    "Content-Length is read as libcurl reads it: the last one counts",
  ],
  ["h1-parsing/lone-cr", "", "a head is read as libcurl reads it, which allows CR in a line"],
];

/** Why it is known that this test does not pass; null if it is not. */
export function reasonFor(path: string, name: string): string | null {
  return KNOWN.find(([part, text]) => path.includes(part) && name.includes(text))?.[2] ?? null;
}
