import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LARGEST_HEAD } from "../../../host/network/transfer/largest-head.ts";
import { decodePercents } from "../../../host/network/url/hostname.ts";
import { parseUrl, shortenRefused } from "../../../host/network/url/url.ts";

const latin1 = (text: string): string => Buffer.from(text, "utf8").toString("latin1");

type Row = [url: string, expected: string | { host: string; target?: string; hostname?: string }];

const BAD = "URL_MALFORMAT";
const OTHER = "UNSUPPORTED_PROTOCOL";

// Expected values are what curl sends for the same URL, where it and this parser agree on purpose.
const TARGETS: Row[] = [
  ["http://h", { host: "h", target: "/" }],
  ["http://h/", { host: "h", target: "/" }],
  ["HTTP://h/", { host: "h", target: "/" }],
  ["http:/h/", { host: "h", target: "/" }],
  ["http:///h/", { host: "h", target: "/" }],
  ["http:////h/", BAD],
  ["h/x", { host: "h", target: "/x" }],
  ["h:81/x", { host: "h:81", target: "/x" }],
  ["localhost/x", { host: "localhost", target: "/x" }],
  ["http:80", { host: "http", target: "/" }],
  ["ftpx.h/", { host: "ftpx.h", target: "/" }],
  ["http://ftp.h/", { host: "ftp.h", target: "/" }],
  ["http://h?x", { host: "h", target: "/?x" }],
  ["http://h/?", { host: "h", target: "/?" }],
  ["http://h/?#f", { host: "h", target: "/?" }],
  ["http://h#f", { host: "h", target: "/" }],
  ["http://h/a#b?c", { host: "h", target: "/a" }],
  ["http://h/a?b?c", { host: "h", target: "/a?b?c" }],
  ["http://h/a?b#c#d", { host: "h", target: "/a?b" }],
  ["http://h/a/../b/./c", { host: "h", target: "/b/c" }],
  ["http://h/..", { host: "h", target: "/" }],
  ["http://h/a/..", { host: "h", target: "/" }],
  ["http://h/a/.", { host: "h", target: "/a/" }],
  ["http://h/a/b/../../../c", { host: "h", target: "/c" }],
  ["http://h/.a/..b/...", { host: "h", target: "/.a/..b/..." }],
  ["http://h/a/.?x=/../y", { host: "h", target: "/a/?x=/../y" }],
  ["http://h//a//b", { host: "h", target: "//a//b" }],
  ["http://h/%2e%2e/a", { host: "h", target: "/%2e%2e/a" }],
  ["http://h/a/%2E/b", { host: "h", target: "/a/%2E/b" }],
  ['http://h/{}|"<>^\\[]`', { host: "h", target: '/{}|"<>^\\[]`' }],
  ['http://h/?{}|"<>^\\[]`', { host: "h", target: '/?{}|"<>^\\[]`' }],
  ["http://h/%zz%", { host: "h", target: "/%zz%" }],
  ["http://h/+?+", { host: "h", target: "/+?+" }],
  [latin1("http://h/café?é"), { host: "h", target: latin1("/caf%c3%a9?é") }],
  ["http://h/\xff?\x80", { host: "h", target: "/%ff?\x80" }],
  ["h/http://x/", { host: "h", target: "/http://x/" }],
  ["http://h/:80@x", { host: "h", target: "/:80@x" }],
  ["http://h/a b", BAD],
  ["http://h/?a b", BAD],
  [" http://h/", BAD],
  ["http://h/ ", BAD],
  ["http://h/\tb", BAD],
  ["http://h/\n", BAD],
  ["http://h/\r\nX: y", BAD],
  ["http://h/\x01", BAD],
  ["http://h/\x7f", BAD],
  ["http://h/\0", BAD],
  ["http://h/\u0100", BAD],
  ["", BAD],
  ["/x", BAD],
  ["//h/x", BAD],
  ["?x", BAD],
  ["#x", BAD],
  ["://h/", BAD],
  ["http://", BAD],
  ["http:", BAD],
  ["http:h", BAD],
  ["h:", BAD],
  ["h:/", BAD],
  ["h:/x", OTHER],
  ["1http://h/", BAD],
  ["mailto:x@y", { host: "y" }],
  ["javascript:alert(1)", BAD],
  ["data:,x", BAD],
  ["foo://h/", OTHER],
  ["a1+.-://h/", OTHER],
  ["file:///etc/passwd", OTHER],
  ["file:/etc/passwd", OTHER],
  ["FILE:///etc/passwd", OTHER],
  ["gopher://h/", OTHER],
  ["ftp://h/", OTHER],
  ["ws://h/", OTHER],
  ["ftp.h/x", OTHER],
  ["FTP.h/", OTHER],
  ["dict.h", OTHER],
  ["ldap.h", OTHER],
  ["imap.h", OTHER],
  ["smtp.h", OTHER],
  ["pop3.h", OTHER],
  [`http://h/${"x".repeat(9000)}`, { host: "h", target: `/${"x".repeat(9000)}` }],
  [`http://h/${"x".repeat(8_000_000)}`, BAD],
];

const PORTS: Row[] = [
  ["http://h:80/", { host: "h" }],
  ["http://h:0080/", { host: "h" }],
  ["http://h:443/", { host: "h:443" }],
  ["https://h:443/", { host: "h" }],
  ["https://h:80/", { host: "h:80" }],
  ["http://h:/", { host: "h" }],
  ["http://h:0/", { host: "h:0" }],
  ["http://h:65535/", { host: "h:65535" }],
  ["http://h:65536/", BAD],
  ["http://h:99999999999999999999/", BAD],
  ["http://h:x/", BAD],
  ["http://h:8x/", BAD],
  ["http://h:-1/", BAD],
  ["http://h:+80/", BAD],
  ["http://h:1:2/", BAD],
  ["http://:80/", BAD],
];

const HOSTS: Row[] = [
  ["http://H.Example/", { host: "H.Example", hostname: "h.example" }],
  ["http://h.example./", { host: "h.example.", hostname: "h.example" }],
  ["http://LOCALHOST./", { host: "LOCALHOST.", hostname: "localhost" }],
  ["http://h../", { host: "h..", hostname: "h.." }],
  ["http://./", { host: ".", hostname: "." }],
  ["http://h|i~j_k/", { host: "h|i~j_k", hostname: "h|i~j_k" }],
  ["http://%68%6Fst/", { host: "host", hostname: "host" }],
  ["http://%4cocalhost/", { host: "Localhost", hostname: "localhost" }],
  ["http://h%2Fx/", BAD],
  ["http://h%40x/", BAD],
  ["http://h%00/", BAD],
  ["http://h%0a/", BAD],
  ["http://h%7f/", BAD],
  ["http://h%20/", BAD],
  ["http://h%zz/", BAD],
  ["http://h%/", BAD],
  ["http://h*/", BAD],
  ["http://h,i/", BAD],
  ["http://h;i/", BAD],
  ["http://h\\x/", BAD],
  ["http://$h/", BAD],
  ["http://(h)/", BAD],
  [`http://${"h".repeat(70000)}/`, BAD],
  [latin1("http://É.com/"), { host: "xn--9ca.com", hostname: "xn--9ca.com" }],
  [latin1("http://ß.de:81/"), { host: "xn--zca.de:81", hostname: "xn--zca.de" }],
  ["http://%C3%A9.com/", { host: "xn--9ca.com", hostname: "xn--9ca.com" }],
  [latin1("http://lo\u00adcalhost/"), { host: "localhost", hostname: "localhost" }],
  [latin1("http://a／b/"), BAD],
  ["http://\xe9.com/", BAD],
];

const ADDRESSES: Row[] = [
  ["http://127.0.0.1/", { host: "127.0.0.1" }],
  ["http://127.1/", { host: "127.0.0.1" }],
  ["http://127.0.1/", { host: "127.0.0.1" }],
  ["http://2130706433/", { host: "127.0.0.1" }],
  ["http://0x7f.1/", { host: "127.0.0.1" }],
  ["http://0X7F.0x1/", { host: "127.0.0.1" }],
  ["http://0x7f000001/", { host: "127.0.0.1" }],
  ["http://0177.0.0.01/", { host: "127.0.0.1" }],
  ["http://017700000001/", { host: "127.0.0.1" }],
  ["http://%31%32%37.1/", { host: "127.0.0.1" }],
  ["http://%30x7f.1/", { host: "127.0.0.1" }],
  [latin1("http://１２７.1/"), { host: "127.0.0.1" }],
  [latin1("http://127。0。0。1/"), { host: "127.0.0.1" }],
  ["http://0/", { host: "0.0.0.0" }],
  ["http://4294967295/", { host: "255.255.255.255" }],
  ["http://1.16777215/", { host: "1.255.255.255" }],
  ["http://1.2.65535/", { host: "1.2.255.255" }],
  // Names, which no resolver knows.
  ["http://4294967296/", { host: "4294967296" }],
  ["http://1.16777216/", { host: "1.16777216" }],
  ["http://1.2.65536/", { host: "1.2.65536" }],
  ["http://256.1.1.1/", { host: "256.1.1.1" }],
  ["http://1.2.3.4.5/", { host: "1.2.3.4.5" }],
  ["http://08/", { host: "08" }],
  ["http://0x/", { host: "0x" }],
  ["http://127.0.0.1./", { host: "127.0.0.1." }],
  ["http://127.1./", { host: "127.1." }],
  ["http://[::1]/", { host: "[::1]", hostname: "::1" }],
  ["http://[::1]:81/", { host: "[::1]:81", hostname: "::1" }],
  ["http://[::1]:/", { host: "[::1]", hostname: "::1" }],
  ["http://[0:0:0:0:0:0:0:1]/", { host: "[::1]", hostname: "::1" }],
  ["http://[::ffff:127.0.0.1]/", { host: "[::ffff:127.0.0.1]", hostname: "::ffff:127.0.0.1" }],
  ["http://[::FFFF:7f00:1]/", { host: "[::FFFF:7f00:1]", hostname: "::ffff:127.0.0.1" }],
  ["http://[2001:DB8::A]/", { host: "[2001:DB8::A]", hostname: "2001:db8::a" }],
  ["http://[::1%25lo]/", { host: "[::1]", hostname: "::1" }],
  ["http://[::1%lo]/", { host: "[::1]", hostname: "::1" }],
  ["http://[fe80::1%25lo]/", { host: "[fe80::1]", hostname: "fe80::1%lo" }],
  ["http://[FE80::1%1]/", { host: "[FE80::1]", hostname: "fe80::1%1" }],
  ["http://[::1%]/", BAD],
  ["http://[::1%251234567890123456]/", BAD],
  ["http://[1:2]/", BAD],
  ["http://[::g]/", BAD],
  ["http://[::1/", BAD],
  ["http://[::1]x/", BAD],
  ["http://[]/", BAD],
  ["http://[127.0.0.1]/", BAD],
  ["http://[v1.x]/", BAD],
];

function check(table: Row[]): void {
  for (const [url, expected] of table) {
    if (typeof expected === "string") {
      assert.throws(() => parseUrl(url), { name: "TransferFailure", code: expected }, url.slice(0, 99));
      continue;
    }
    const parsed = parseUrl(url);
    assert.equal(parsed.host, expected.host, url);
    assert.equal(parsed.target, expected.target ?? "/", url);
    assert.equal(parsed.hostname, expected.hostname ?? expected.host.replace(/:\d+$/, ""), url);
  }
}

describe("parseUrl", () => {
  it("finds the scheme and the request target as curl does", () => check(TARGETS));
  it("takes ports of digits only, and leaves the default one out of Host", () => check(PORTS));
  it("gives every spelling of a name one hostname", () => check(HOSTS));
  it("gives every spelling of an address one hostname", () => check(ADDRESSES));

  it("takes a URL that fits a request, and spends no time on a longer one", () => {
    const longest = `http://h/${"x".repeat(LARGEST_HEAD - "http://h/".length)}`;
    assert.equal(parseUrl(longest).hostname, "h");
    assert.throws(() => parseUrl(`${longest}x`), { name: "TransferFailure", code: "OUT_OF_MEMORY" });
    assert.throws(() => parseUrl("x".repeat(8_000_000)), { code: "OUT_OF_MEMORY" });
    assert.throws(() => parseUrl("x".repeat(8_000_001)), { code: "URL_MALFORMAT" });
  });

  it("is refused alike in a shorter form", () => {
    const sized = (length: number, unit = "x"): string => `http://h/${unit.repeat(length)}`;
    const codeOf = (text: unknown): unknown => {
      try {
        return parseUrl(Buffer.from(text as string).toString("latin1")) && "none";
      } catch (error) {
        return (error as { code: unknown }).code;
      }
    };
    for (const text of [
      sized(5),
      sized(LARGEST_HEAD - 9),
      sized(LARGEST_HEAD - 9, "é"),
      sized(LARGEST_HEAD - 8),
    ])
      assert.equal(codeOf(shortenRefused(text)), codeOf(text));
    for (const text of [sized(8_000_000 - 9), sized(8_000_000 - 8), sized(4_000_000, "é")]) {
      const short = shortenRefused(text) as string;
      assert.ok(short.length <= LARGEST_HEAD + 1);
      assert.equal(codeOf(short), codeOf(text));
    }
    for (const other of [null, 5, new Uint8Array(5)]) assert.equal(shortenRefused(other), other);
  });

  it("knows the port of each scheme", () => {
    assert.equal(parseUrl("http://h/").port, 80);
    assert.equal(parseUrl("https://h/").port, 443);
    assert.equal(parseUrl("https://h:8443/").port, 8443);
    assert.equal(parseUrl("HTTPS://h/").scheme, "https");
  });

  it("decodes the credentials before the first @ and refuses a second one", () => {
    const credentials = (url: string): (string | null)[] => {
      const { username, password } = parseUrl(url);
      return [username, password];
    };
    assert.deepEqual(credentials("http://h/@"), [null, null]);
    assert.deepEqual(credentials("http://u@h/"), ["u", null]);
    assert.deepEqual(credentials("http://u:@h/"), ["u", ""]);
    assert.deepEqual(credentials("http://:p@h/"), ["", "p"]);
    assert.deepEqual(credentials("http://@h/"), ["", null]);
    assert.deepEqual(credentials("u:p@h:81/x"), ["u", "p"]);
    assert.deepEqual(credentials("http://u:p:q@h/"), ["u", "p:q"]);
    assert.deepEqual(credentials("http://u%40x%3a:p%2f%zz@h/"), ["u@x:", "p/%zz"]);
    assert.deepEqual(credentials("http://u%0d%0ax:\xff@h/"), ["u\r\nx", "\xff"]);
    assert.equal(parseUrl("http://good.com\\@h/").hostname, "h");
    assert.throws(() => parseUrl("http://a@b@h/"), { code: "URL_MALFORMAT" });
    assert.throws(() => parseUrl("http://u%00@h/"), { code: "URL_MALFORMAT" });
  });

  it("decodes escapes of two hexadecimal digits, and leaves every other percent sign", () => {
    const digits = [..."09afAFgG/:@`%", "\0", "\xff"];
    for (const high of digits) {
      for (const low of digits) {
        const isEscape = /^[\da-f]{2}$/i.test(high + low);
        const decoded = isEscape ? String.fromCharCode(Number.parseInt(high + low, 16)) : `%${high}${low}`;
        assert.equal(decodePercents(`a%${high}${low}`), `a${decoded}`);
      }
    }
    for (const text of ["", "%", "a%", "%4", "%%41", "%41%", "%25%34%31"]) {
      assert.equal(decodePercents(text), { "%%41": "%A", "%41%": "A%", "%25%34%31": "%41" }[text] ?? text);
    }
  });
});
