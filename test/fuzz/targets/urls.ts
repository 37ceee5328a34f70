import assert from "node:assert/strict";
import { DEFAULT_PORTS, formatOrigin } from "../../../host/network/url/origin.ts";
import { parseUrl, resolveLocation, type Url } from "../../../host/network/url/url.ts";
import { makeInput } from "../shape.ts";
import type { Target } from "../target.ts";
import { failureCode } from "./codes.ts";

const GRAMMAR = {
  seeds: [
    "http://a.example/b/../c?d=e#f",
    "https://user:pa%20ss@h.example:8443/a/./b%2e/?q=a b",
    "HTTP://[::1%25eth0]:80/",
    "http://[fe80::1%en0]/x",
    "http://0x7f.1/",
    "http://2130706433:0080",
    "h.example:81/p",
    "ftp.example/x",
    "http:/h.example//a/..//b",
    "http:///h.example",
    "https://b\xc3\xbccher.example./\xe2\x82\xac?\xff",
    "http://%65xample.com/%",
    "file:///etc/passwd",
  ],
  words: [
    "http://",
    "https://",
    "//",
    "/",
    "/.",
    "/..",
    "/../",
    "/a/",
    "?",
    "#",
    "@",
    ":",
    ":@",
    ".",
    "..",
    "%",
    "%2e",
    "%00",
    "%25",
    "%c3%bc",
    "a",
    "a.",
    "xn--",
    "-",
    "\xc3\xbc",
    "\xc3\x9f",
    "\xe3\x80\x82",
    "\xef\xbc\x8f",
    "\xff",
    "[",
    "]",
    "[::1]",
    "::",
    "1",
    "1.",
    "0x",
    "0",
    "127.0.0.1",
    "&a=b",
    " ",
    "\\",
    "{i}",
  ],
};

const LARGEST = 1_100_000;

/** URLs of calls. */
export const urls: Target<Url> = {
  name: "urls",
  largest: LARGEST,
  nanosPerByte: 100,
  make: (random, size) => makeInput(random, size, GRAMMAR),
  read: (input) => parseUrl(input.toString("latin1")),
  codeOf: failureCode,
  compare(input, outcome) {
    if ("code" in outcome) return;
    checkUrl(outcome.value);
    compareWithBrowsers(input, outcome.value);
  },
};

const BASE = parseUrl("https://user:pass@base.example:8443/d/e/f?g=h");

/** The Location of a redirect. */
export const locations: Target<Url> = {
  name: "locations",
  largest: 100 << 10,
  nanosPerByte: 100,
  make: (random, size) => makeInput(random, size, GRAMMAR),
  read: (input) => resolveLocation(BASE, input.toString("latin1")),
  codeOf: failureCode,
  compare(_input, outcome) {
    if ("code" in outcome) return;
    checkUrl(outcome.value);
  },
};

/** What must be true for every parsed URL: nothing in it could end a line, and parsing it again gives the same. */
function checkUrl(url: Url): void {
  const { hostname, port, target } = url;
  const host = hostname.split("%", 1)[0] ?? "";
  if (!/^[/?][\x21-\x7e\x80-\xff]*$/.test(target)) assert.fail("a target that cannot be sent");
  if (!/^[\x21-\x7e]+$/.test(hostname) || host !== host.toLowerCase()) assert.fail(`no host: ${hostname}`);
  const again = parseUrl(`${formatOrigin(url)}/`);
  if (again.hostname !== hostname || again.port !== port)
    assert.fail(`read again another host: ${hostname}, ${again.hostname}`);
}

/** If both can read a URL, they must go to the same host. */
function compareWithBrowsers(input: Buffer, url: Url): void {
  const text = input.toString("utf8");
  // Without a slash, "http:" is the name of a host, as in curl.
  // A backslash is a character like any other, not a slash.
  if (text.includes("\\") || !/^https?:\//i.test(text) || !URL.canParse(text)) return;
  const { protocol, hostname, port } = new URL(text);
  // To curl, a number with a dot at its end is a name, and so is one with "0x" without a digit. No resolver knows these names.
  if (/\.$|(?:^|\.)0x(?:\.|$)/.test(url.hostname)) return;
  const theirs = `${protocol} ${hostname.replace(/^\[|\]$/g, "").replace(/(?<=[^.])\.$/, "")} ${port}`;
  const isDefault = url.port === DEFAULT_PORTS[url.scheme];
  const ours = `${url.scheme}: ${url.hostname} ${isDefault ? "" : url.port}`;
  if (ours !== theirs) assert.fail(`another host: ${ours}, in browsers ${theirs}`);
}
