import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseHeaders } from "../../../host/network/request/headers.ts";
import { buildHead } from "../../../host/network/request/request.ts";
import { TransferFailure } from "../../../host/network/transfer/failures.ts";
import { LARGEST_HEAD } from "../../../host/network/transfer/largest-head.ts";
import { parseUrl } from "../../../host/network/url/url.ts";
import { destinationOf, GET } from "../../support/destination.ts";

/** The head that is sent, without what undici adds. */
function headOf(path: string, entries: string[]): string {
  const text = `http://a.example${path}`;
  const url = parseUrl(text);
  const hop = { url, first: url, login: url, method: "GET", body: null };
  const { method, target, headers } = buildHead(GET, parseHeaders(entries), hop, destinationOf(text));
  const lines = headers.map((part, index) => (index % 2 === 0 ? `${part}: ` : `${part}\r\n`));
  return `${method} ${target} HTTP/1.1\r\n${lines.join("")}\r\n`;
}

describe("the head of a request", () => {
  const around = headOf("/", ["X;"]).length;
  const rest = LARGEST_HEAD - around;
  const table: [what: string, most: () => string, tooMuch: () => string][] = [
    [
      "one header",
      () => headOf("/", [`X:${"y".repeat(rest)}`]),
      () => headOf("/", [`X:${"y".repeat(rest + 1)}`]),
    ],
    ["a URL", () => headOf(`/${"p".repeat(rest)}`, ["X;"]), () => headOf(`/${"p".repeat(rest + 1)}`, ["X;"])],
    [
      "headers that are not sent",
      () => headOf("/", Array(16).fill(`X${"y".repeat(LARGEST_HEAD / 16 - 1)}`)),
      () => headOf("/", Array(17).fill(`X${"y".repeat(LARGEST_HEAD / 16 - 1)}`)),
    ],
  ];
  for (const [what, most, tooMuch] of table) {
    it(`has a bound that ${what} may reach`, () => {
      assert.ok(most().length <= LARGEST_HEAD);
      assert.throws(tooMuch, (error) => error instanceof TransferFailure && error.code === "OUT_OF_MEMORY");
    });
  }
});
