import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

// The answers in the files of curl's test suite (tests/data, described in curl's tests/FILEFORMAT). Each character is
// one byte.

/** The answers of a test: by what follows its number in the path, which is empty or four digits. */
export interface SuiteTest {
  readonly number: number;
  readonly answers: ReadonlyMap<string, string>;
}

const HTTP_SERVER = /^<server>\n(?:#.*\n)*http\n<\/server>$/m;
const PART = /^<data([0-9]*)((?: [a-z0-9]+="[^"]*")*)>\n(.*?)^<\/data\1>$/gms;

/** The tests whose only server speaks HTTP/1. */
export function readSuite(folder: string): SuiteTest[] {
  const tests: SuiteTest[] = [];
  for (const name of readdirSync(folder)) {
    const number = Number(/^test([0-9]+)$/.exec(name)?.[1]);
    if (Number.isNaN(number)) continue;
    const text = readFileSync(join(folder, name), "latin1");
    if (!HTTP_SERVER.test(text)) continue;
    const answers = answersIn(expand(text, number));
    if (answers.size > 0) tests.push({ number, answers });
  }
  return tests.sort((a, b) => a.number - b.number);
}

function answersIn(text: string): Map<string, string> {
  const answers = new Map<string, string>();
  for (const [, part = "", attributes = "", content = ""] of text.matchAll(PART)) {
    answers.set(part === "" ? "" : part.padStart(4, "0"), decode(content, attributes));
  }
  return answers;
}

function decode(content: string, attributes: string): string {
  const has = (name: string, value = "yes"): boolean => attributes.includes(` ${name}="${value}"`);
  if (has("base64")) return Buffer.from(content, "base64").toString("latin1");
  if (has("hex")) return Buffer.from(content.replaceAll(/\s/g, ""), "hex").toString("latin1");
  const text = has("nonewline") ? content.replace(/\n$/, "") : content;
  if (has("crlf")) return text.replaceAll("\n", "\r\n");
  return has("crlf", "headers") ? text.replace(/^.*?\n\n/s, (head) => head.replaceAll("\n", "\r\n")) : text;
}

const CHARACTERS: Readonly<Record<string, string>> = { CR: "\r", LF: "\n", SP: " ", TAB: "\t" };

/** Replaces what curl's runner replaces. Of what depends on a feature, it keeps what is there without it. */
function expand(text: string, number: number): string {
  return text
    .replaceAll(/^%if [^\n]*\n.*?(?:^%else\n(.*?))?^%endif\n/gms, (_, otherwise = "") => otherwise)
    .replaceAll(/%hex\[(.*?)\]hex%/g, (_, hex) =>
      hex.replaceAll(/%([0-9A-Fa-f]{2})/g, (_: string, digits: string) =>
        String.fromCharCode(Number.parseInt(digits, 16)),
      ),
    )
    .replaceAll(/%repeat\[([0-9]+) x (.*?)\]%/g, (_, count, unit) => unescaped(unit).repeat(Number(count)))
    .replaceAll(/%(CR|LF|SP|TAB)/g, (_, name) => CHARACTERS[name] ?? "")
    .replaceAll("%TESTNUMBER", String(number));
}

function unescaped(text: string): string {
  return text.replaceAll(/%([0-9A-Fa-f]{2})/g, (_, digits) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
}
