import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SeededRandom } from "../../../host/seeded-random.ts";
import { SecretValues } from "../../../host/testing/request/secret-values.ts";

const SECRET = `s3/cr+ét "x&y\\z's\n~😀`;

const latin1 = (text: string) => Buffer.from(text).toString("latin1");
const json = (text: string) => JSON.stringify(text).slice(1, -1);
const percents = (text: string, prefix: string) =>
  [...Buffer.from(text)].map((byte) => prefix + byte.toString(16).padStart(2, "0")).join("");
const escapeAll = (text: string) =>
  text
    .split("")
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0").toUpperCase()}`)
    .join("");
/** Only what is not a letter or a digit, as Python and PHP do. */
const escapeSome = (text: string, how: (one: string) => string) => text.replace(/[^A-Za-z0-9_.~-]/gu, how);
const base64 = (text: string) => Buffer.from(text).toString("base64");
const fold = (text: string, end: string) => text.replace(/.{7}/g, `$&${end}`);

const SPELLINGS: Readonly<Record<string, string>> = {
  itself: SECRET,
  json: json(SECRET),
  "json in json": json(json(SECRET)),
  "json in json in json": json(json(json(SECRET))),
  "json of PHP": escapeSome(json(SECRET), (one) => (one === "/" ? "\\/" : one === "\\" ? "\\" : one)),
  "json of Python": json(SECRET).replace(/[^\0-\x7f]/g, escapeAll),
  "a URL": encodeURIComponent(SECRET),
  "a URL of curl": encodeURIComponent(SECRET).toLowerCase(),
  "a URL in a URL": encodeURIComponent(encodeURIComponent(SECRET)),
  "a form": new URLSearchParams([["", SECRET]]).toString().slice(1),
  "all escapes but letters": escapeSome(SECRET, (one) => percents(one, "%")),
  html: escapeSome(SECRET, (one) => `&#${one.codePointAt(0)};`),
  "html, hexadecimal": escapeSome(SECRET, (one) => `&#x${one.codePointAt(0)?.toString(16)};`),
  "html, named": SECRET.replace(/&/g, "&amp;").replace(/"/g, "&quot;").replace(/'/g, "&#39;"),
  "quoted-printable": escapeSome(SECRET, (one) => percents(one, "=").toUpperCase()),
  "quoted-printable, folded": SECRET.replace("t ", "t=\r\n ").replace(/[^\0-\x7f]/gu, (one) =>
    percents(one, "=").toUpperCase(),
  ),
  base64: base64(SECRET),
  "base64 of URLs": Buffer.from(SECRET).toString("base64url"),
  "base64, folded": fold(base64(SECRET), "\r\n"),
  "base64, folded, in JSON": json(fold(base64(SECRET), "\r\n")),
  "base64 in a URL": encodeURIComponent(base64(SECRET)),
};

describe("a secret is hidden", () => {
  for (const [name, text] of Object.entries(SPELLINGS)) {
    it(`as ${name}`, () => {
      const secrets = new SecretValues([SECRET]);
      assert.equal(secrets.hideIn(`<p>${text}</p>`), "<p>[secret]</p>");
      assert.equal(secrets.hideIn(`<p>${latin1(text)}</p>`, "latin1"), "<p>[secret]</p>");
      assert.ok(secrets.areIn(JSON.stringify({ text })));
    });
  }

  it("if it is like an escape, or has one", () => {
    for (const secret of ["%25%2541&amp;=3D+", "&#38;&=%%41", "\\n\\u0041\\\\"]) {
      const secrets = new SecretValues([secret]);
      for (const text of [secret, json(secret), encodeURIComponent(secret), json(json(secret))])
        assert.equal(secrets.hideIn(`<${text}>`), "<[secret]>", text);
    }
  });

  it("in base64 of more than it, wherever it stands", () => {
    for (const length of [6, 7, 8, 9, 20]) {
      const secret = `~}|{?>=<;:@#$%^&*()_+`.slice(0, length);
      const secrets = new SecretValues([secret]);
      for (let before = 0; before < 4; before++) {
        const shown = secrets.hideIn(base64(`${"x".repeat(before)}${secret} and more`));
        const left = Buffer.from(shown.replace("[secret]", ""), "base64").toString("latin1");
        assert.ok(shown.includes("[secret]"), `${length} ${before}`);
        assert.ok(!left.includes(secret.slice(1, 5)), left);
      }
    }
  });

  it("only if it is one", () => {
    const secrets = new SecretValues();
    for (const short of ["", "abc", "abcde", "[secret]"]) secrets.add(short);
    assert.equal(secrets.isEmpty, true);
    assert.equal(secrets.hideIn("abc abcde [secret]"), "abc abcde [secret]");
    secrets.add("abcdef");
    assert.equal(
      secrets.hideIn("abcde abcdeF abc[secret]def abcdef"),
      "abcde abcdeF abc[secret]def [secret]",
    );
    assert.equal(secrets.areIn("abc[secret]def"), false);
  });

  it("in time, if text and secret are made to be slow", () => {
    const secrets = new SecretValues(["\\".repeat(200), `${"\\/".repeat(200)}x`, '"'.repeat(300)]);
    const began = process.cpuUsage();
    for (const text of ["\\".repeat(20_000), "\\/".repeat(1000), "%25".repeat(20_000), '\\"'.repeat(20_000)])
      secrets.hideIn(`${text}x`);
    const { user } = process.cpuUsage(began);
    assert.ok(user < 5_000_000, `${user} µs`);
  });

  it("if there are many, which begin with anything", () => {
    const alphabet = [...'ab%=\\&+/ \n"é€😀5'];
    const random = new SeededRandom(7);
    const draw = (length: number): string =>
      Array.from({ length }, () => alphabet[Math.floor(random.next() * alphabet.length)]).join("");
    const all = Array.from({ length: 300 }, () => `${draw(8)}x`);
    for (const secret of all) {
      const secrets = new SecretValues(all);
      for (const text of [
        secret,
        json(secret),
        json(json(secret)),
        encodeURIComponent(secret),
        base64(secret),
      ])
        assert.doesNotMatch(secrets.hideIn(`<${text}>`), /x>$|^<[^[]/, JSON.stringify([secret, text]));
    }
  });

  it("in time, if text is long and has many backslashes, or beginnings of it", () => {
    const secrets = new SecretValues(["\\secret", "aaaaaaab", "plain-token"]);
    const began = process.cpuUsage();
    for (const text of ["\\".repeat(1_000_000), "a".repeat(1_000_000), "plain-toke".repeat(100_000)])
      assert.equal(secrets.areIn(text), false);
    const { user } = process.cpuUsage(began);
    assert.ok(user < 5_000_000, `${user} µs`);
  });

  it("if it is very long", () => {
    const secret = `${"a/b+c ".repeat(20_000)}`;
    const secrets = new SecretValues([secret]);
    for (const text of [secret, encodeURIComponent(secret), base64(secret), json(secret)])
      assert.equal(secrets.hideIn(`<${text}>`), "<[secret]>");
  });
});
