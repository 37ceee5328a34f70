import assert from "node:assert/strict";
import { BlockList, isIPv4 } from "node:net";
import type { Decision } from "../../../host/network/policy/decision.ts";
import { createPolicy } from "../../../host/network/policy/policy.ts";
import { parseUrl } from "../../../host/network/url/url.ts";
import { makeInput } from "../shape.ts";
import type { Target } from "../target.ts";
import { failureCode, mistakeCode } from "./codes.ts";

const GRAMMAR = {
  seeds: [
    "+https://api.example.com\n-10.0.0.0/8\nhttps://api.example.com/x",
    "+http://*.example.com:*\n-*.bad.example.com\n-private\nhttp://a.bad.example.com",
    "+https://*:*\n+http://127.0.0.1:8080\n-::ffff:0:0/96\n-[fe80::1]\nhttp://127.1:8080",
    "+http://[::1]\nhttp://[0:0::1]/",
    "-localhost\n-*.local\n-2001:db8::/32\nhttp://a.b.c.local./",
    "+http://b\xc3\xbccher.example\nhttp://xn--bcher-kva.example",
    "+http://a.example\nhttp://a.a.a.example",
  ],
  words: [
    "\n+",
    "\n-",
    "http://",
    "https://",
    "*",
    "*.",
    ":*",
    ".",
    "..",
    "a.",
    "example.com",
    "localhost",
    "private",
    "internal",
    "10.0.0.0",
    "/8",
    "/",
    "::1",
    "[::ffff:127.0.0.1]",
    "64:ff9b::",
    "0x7f",
    "0",
    "1",
    "@",
    "%",
    "%2e",
    ":",
    "[",
    "]",
    "xn--",
    "\xc3\xbc",
    "{i}",
  ],
};

interface Rules {
  readonly allow: string[];
  readonly block: string[];
}

/** Lines of rules, which begin with a sign, and a URL in the last line. */
function linesOf(input: Buffer): { rules: Rules; url: string } {
  const lines = input.toString("utf8").split("\n");
  const url = lines.pop() ?? "";
  const rulesWith = (sign: string): string[] =>
    lines.filter((line) => line.startsWith(sign)).map((line) => line.slice(1));
  return { rules: { allow: rulesWith("+"), block: rulesWith("-") }, url };
}

/** The rules of an operator, and the URL of a script. */
export const policies: Target<Decision> = {
  name: "policies",
  largest: 256 << 10,
  nanosPerByte: 3000,
  make: (random, size) => makeInput(random, size, GRAMMAR),
  read(input) {
    const { rules, url } = linesOf(input);
    const policy = createPolicy(rules, { audience: "script" });
    return policy?.explain(parseUrl(Buffer.from(url).toString("latin1"))) as Decision;
  },
  codeOf: (error) => failureCode(error) ?? mistakeCode(error),
  compare(input, outcome) {
    if ("code" in outcome || input.length > 10_000) return;
    const { rules, url } = linesOf(input);
    for (const entry of rules.allow) checkAllowed(entry);
    for (const entry of rules.block) checkBlocked(entry);
    compareWithNode(rules.block, url, outcome.value);
  },
};

/** An entry that was accepted allows what it names. */
function checkAllowed(entry: string): void {
  const origin = entry
    .replace(/:\*$/, "")
    .replace("://*.", "://x.")
    .replace(/:\/\/\*(?=:|$)/, "://x.example");
  const { rule } = explain({ allow: [entry], block: [] }, origin);
  assert.ok(rule === `allow ${entry}` || rule === "default private", `${entry}: ${rule}`);
}

/** An entry that was accepted blocks what it names. */
function checkBlocked(entry: string): void {
  if (entry.includes("/") || /^private$/i.test(entry)) return;
  const host = entry.replace(/^\*\./, "x.");
  // The zone of an address does not count, and may be anything.
  if (host.includes(":") && host.includes("%")) return;
  const bracketed = host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
  const { rule } = explain({ allow: [], block: [entry] }, `http://${bracketed}`);
  assert.equal(rule, `block ${entry}`);
}

function explain(rules: Rules, url: string): Decision {
  const policy = createPolicy(rules, { audience: "script" });
  return policy?.explain(parseUrl(Buffer.from(url).toString("latin1"))) as Decision;
}

/** Ranges of IPv4, as Node reads them. */
function compareWithNode(block: string[], url: string, { rule }: Decision): void {
  const { hostname } = parseUrl(Buffer.from(url).toString("latin1"));
  if (!isIPv4(hostname)) return;
  const list = new BlockList();
  for (const entry of block) {
    const [network = "", bits] = entry.split("/");
    if (isIPv4(network) && bits !== undefined) list.addSubnet(network, Number(bits), "ipv4");
  }
  if (list.check(hostname)) assert.match(rule, /^block /);
}
