import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Folders whose tests are about `fetch`. */
const FOLDERS = [
  "fetch/api",
  "fetch/content-encoding",
  "fetch/content-length",
  "fetch/content-type",
  "fetch/h1-parsing",
  "fetch/security",
];

/** What does not apply, by a part of the path, and why. */
const OUTSIDE: readonly (readonly [part: string, reason: string])[] = [
  ["/cors/", "there is no CORS, which protects users of a browser"],
  ["/policies/", "there are no policies of a page"],
  ["/crashtests/", "they need 8 GiB, or a document"],
  ["/multi-globals/", "they need frames"],
  ["keepalive", "there is no page that ends"],
  ["-iframe", "they need frames"],
  ["-realm", "they need frames"],
  ["idlharness", "no interface is ours"],
  ["request-cache", "there is no cache"],
  ["cache.https", "there is no cache"],
  ["cookies", "there are no cookies"],
  ["referrer", "there is no referrer"],
  ["redirect-origin", "there is no header Origin"],
  ["private-network", "it is a proposal for browsers"],
  [".h2.", "the handlers of the suite for HTTP/2 are not made again"],
  ["-navigation", "there is no navigation"],
  ["content-type/script", "there is no script element"],
  ["content-type/multipart.window", "there is no document"],
  ["with-0x00-in-header.window", "there is no document"],
];

/** One page of the suite. */
export interface SuiteTest {
  /** From the folder of the suite, with a variant: `/fetch/api/basic/accept-header.any.js?1-2`. */
  readonly path: string;
  /** Scripts that come before it. Paths may be relative to that of the test. */
  readonly scripts: readonly string[];
  readonly isSecure: boolean;
}

/** The tests that call `fetch` and apply, and how many of the others there are, by the reason. */
export interface Suite {
  readonly tests: readonly SuiteTest[];
  readonly outside: ReadonlyMap<string, number>;
}

export function readSuite(folder: string): Suite {
  const tests: SuiteTest[] = [];
  const outside = new Map<string, number>();
  for (const path of FOLDERS.flatMap((name) => pathsIn(folder, name))) {
    const text = readFileSync(join(folder, path), "utf8");
    const reason = reasonAgainst(path, text);
    if (reason === null) tests.push(...testsOf(path, text));
    else outside.set(reason, (outside.get(reason) ?? 0) + 1);
  }
  return { tests, outside };
}

function pathsIn(folder: string, name: string): string[] {
  return readdirSync(join(folder, name), { recursive: true, encoding: "utf8" })
    .filter((path) => /\.(?:any|window)\.js$/.test(path))
    .map((path) => `/${name}/${path.replaceAll("\\", "/")}`)
    .sort();
}

function reasonAgainst(path: string, text: string): string | null {
  const outside = OUTSIDE.find(([part]) => path.includes(part));
  if (outside !== undefined) return outside[1];
  return /\bfetch\w*\(/i.test(text) ? null : "they do not call fetch";
}

function testsOf(path: string, text: string): SuiteTest[] {
  const scripts = valuesOf(text, "script");
  const variants = valuesOf(text, "variant");
  const isSecure = path.includes(".https.");
  return (variants.length === 0 ? [""] : variants).map((variant) => ({
    path: path + variant,
    scripts,
    isSecure,
  }));
}

/** What the comments at the head of a test say: `// META: script=…`. */
function valuesOf(text: string, name: string): string[] {
  return [...text.matchAll(/^\/\/ META: (\w+)=(.*)$/gm)]
    .filter(([, given]) => given === name)
    .map(([, , value = ""]) => value.trim());
}
