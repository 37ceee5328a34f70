const a = (count: number): string => "a".repeat(count);
const u = (count: number): string => "\u00fc".repeat(count);

/**
 * A name with this number of characters, whose first label is international. In the DNS it is six characters longer.
 */
function long(length: number): string {
  const labels = ["\u00fc"];
  for (let left = length - 1; left > 0; left -= 50) labels.push(a(Math.min(49, left - 1)));
  return labels.join(".");
}

/** Names that curl accepts, and their form in the DNS. */
export const INTERNATIONAL_NAMES: Readonly<Record<string, string>> = {
  "b\u00fccher.test": "xn--bcher-kva.test",
  "B\u00dcCHER.Test": "xn--bcher-kva.test",
  "fa\u00df.test": "xn--fa-hia.test",
  "\uff41.test": "a.test",
  "\u65e5\u672c\u8a9e\u3002\uff2a\uff30": "xn--wgv71a119e.jp",
  "a\u00adb\u00fc.test": "xn--ab-yka.test",
  "XN--BCHER-KVA.\u00fc": "xn--bcher-kva.xn--tda",
  "\u00fc_a.test": "xn--_a-wka.test",
  "\u00fc.a_b~c": "xn--tda.a_b~c",
  "a-b--c.\u00fc": "a-b--c.xn--tda",
  "\u00fc\u00fc-\u00fc.test": "xn----dhaab.test",
  "\u00fc.": "xn--tda.",
  [`\u00fc.${a(63)}.test`]: `xn--tda.${a(63)}.test`,
  [`${u(57)}.test`]: `xn--tda${a(56)}.test`,
  [long(247)]: long(247).replace("\u00fc", "xn--tda"),
  [`${long(247)}.`]: `${long(247)}.`.replace("\u00fc", "xn--tda"),
};

/** Names that are not valid. */
export const MALFORMED_NAMES: readonly string[] = [
  ...[
    "-\u00fc.test",
    "\u00fc-.test",
    "\u00fc.-test",
    "\u00fc.test-",
    "\u00fc.a-.test",
    "\u00fc.-a.test",
    "-.\u00fc",
    "--.\u00fc",
  ],
  ...["aa--\u00fc.test", "ab--c.\u00fc.test", "\u00fc\u00fc--a.\u00fc", "a---b.\u00fc", "xx--ab.\u00fc"],
  ...["xn--\u00fc.test", "xn--.\u00fc", "xn--a-.\u00fc", "\u00fc.xn--bcher-kva-", "xn--zzzz.\u00fc"],
  ...["\u00fc%2d", "%2d\u00fc", "\u00fc\uff0d"],
  ...[`\u00fc.${a(64)}.test`, `${u(58)}.test`, long(248), `${long(248)}.`],
  ...["\u00fc~a", "\u0301a.\u00fc", "\u00fc.\u0301", "\u0378.test", "\ue000.test"],
  "too-long-IDN-name-c\u00fcrl-r\u00fcles-la-la-la-dee-da-flooby-nooby.local",
];
