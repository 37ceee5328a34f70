import assert from "node:assert/strict";
import { validateHeaderName, validateHeaderValue } from "node:http";
import { parseHeaders } from "../../../host/network/request/headers.ts";
import { buildHead, type RequestHead } from "../../../host/network/request/request.ts";
import { parseUrl } from "../../../host/network/url/url.ts";
import { destinationOf, GET } from "../../support/destination.ts";
import { makeInput } from "../shape.ts";
import type { Target } from "../target.ts";
import { failureCode } from "./codes.ts";

/** The separator of two entries of a list. */
const SEPARATOR = "\x1e";

const GRAMMAR = {
  seeds: [
    "X-A: 1\x1eX-B:2\x1eX-Empty;\x1eX-Gone:\x1eUser-Agent",
    "Host: other.example\x1eContent-Length: 5\x1eTransfer-Encoding: gzip, chunked",
    "Connection: keep-alive, Close\x1eAccept:\x1eContent-Type: a/b\x1eAuthorization: Basic x",
    "Date: \t Tue\x1eX-Amz-Date: 20200101T000000Z\x1eX-Amz-Content-Sha256:  abc \x1eA:  b  c ",
    "Cookie: a=b; c=d",
  ],
  words: [
    "\x1e",
    "X: y\x1e",
    "X-{i}: y\x1e",
    "X;\x1e",
    "Connection: ",
    "Connection: close, ",
    "Transfer-Encoding: ",
    "chunked",
    "Content-Length: ",
    "Host: ",
    "host:",
    "Date:",
    "X-Amz-Content-Sha256:",
    ":",
    ";",
    ",",
    " ",
    "\t",
    " \t \t",
    "a",
    "\r",
    "\n",
    "\r\n",
    "\0",
    "\v",
    "\x7f",
    "\xff",
    "0",
  ],
};

const URL = "http://a.example/b?c=d&e=f";
const url = parseUrl(URL);

/** A caller's headers, for a signed request and for one without a signature. */
export const headers: Target<RequestHead> = {
  name: "headers",
  largest: 1 << 20,
  nanosPerByte: 300,
  make: (random, size) => makeInput(random, size, GRAMMAR),
  read(input) {
    const entries = input.toString("latin1").split(SEPARATOR);
    const caller = parseHeaders(entries);
    const transfer = { ...GET, url: URL, username: "u", password: "p", awsSigv4: "aws:amz:eu:s3" };
    const hop = { url, first: url, login: url, method: "GET", body: null };
    buildHead({ ...transfer, awsSigv4: null }, caller, hop, destinationOf(URL));
    return buildHead(transfer, caller, hop, destinationOf(URL));
  },
  codeOf: failureCode,
  compare(_input, outcome) {
    if ("code" in outcome) return;
    const { headers: list } = outcome.value;
    assert.equal(list.length % 2, 0);
    for (let index = 0; index < list.length; index += 2) {
      const [name = "", value = ""] = list.slice(index, index + 2);
      validateHeaderName(name);
      validateHeaderValue(name, value);
    }
  },
};
