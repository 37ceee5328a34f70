// Looks at the site in a real browser: each page at two widths, in light and dark, and the search.
// Usage: node scripts/docs-browser.js [FOLDER FOR PICTURES]
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { installPackages } from "./debian.js";
import { Browser } from "./docs/browser.js";
import { PAGES } from "./docs/pages.js";
import { inRoot } from "./project.js";

const WINDOWS = [
  { name: "wide", width: 1280, height: 900 },
  { name: "narrow", width: 390, height: 844, isDark: true },
];
/** Each is an expression that must be true on every page. */
const RULES = {
  "has one heading of the first level": "document.querySelectorAll('main h1').length === 1",
  "is not wider than the window": "document.documentElement.scrollWidth <= innerWidth",
  "shows all images":
    "[...document.images].every((image) => image.loading === 'lazy' || image.naturalWidth > 0)",
  "can be read: text and ground differ":
    "getComputedStyle(document.body).color !== getComputedStyle(document.body).backgroundColor",
  "can be searched": "document.querySelector('input').disabled === false",
};
const SEARCHES = [
  ["timeout", "timeout"],
  ["COULDNT_CONNECT", "errors.html"],
];

installPackages({ chromium: "/usr/bin/chromium" });
const pictures = process.argv[2];
const folder = join(mkdtempSync(join(tmpdir(), "http-background-docs-")), "site");
const { status } = spawnSync(process.execPath, [inRoot("scripts/docs.js"), folder], { stdio: "inherit" });
if (status !== 0) process.exit(1);
const browser = await Browser.start();
const faults = [];
try {
  for (const window of WINDOWS) for (const page of PAGES) await look(window, page);
  for (const [query, wanted] of SEARCHES) await search(query, wanted);
} finally {
  browser.close();
  rmSync(folder, { recursive: true, force: true });
}
for (const fault of faults) console.log(fault);
console.log(
  `${PAGES.length} pages at ${WINDOWS.length} widths, ${SEARCHES.length} searches: ${faults.length} faults`,
);
process.exitCode = faults.length === 0 ? 0 : 1;

async function look(window, page) {
  await browser.open(pathToFileURL(join(folder, `${page.name}.html`)).href, window);
  for (const [rule, expression] of Object.entries(RULES)) {
    if (!(await browser.evaluate(expression))) faults.push(`${page.name}.html, ${window.name}: not: ${rule}`);
  }
  if (pictures === undefined) return;
  mkdirSync(pictures, { recursive: true });
  writeFileSync(join(pictures, `${page.name}-${window.name}.png`), await browser.screenshot());
}

async function search(query, wanted) {
  await browser.open(pathToFileURL(join(folder, "index.html")).href, WINDOWS[0]);
  const typing = `input.value = ${JSON.stringify(query)}; input.dispatchEvent(new Event("input"));`;
  const links = await browser.evaluate(`${typing} [...found.querySelectorAll("a")].map((link) => link.href)`);
  if (!links.some((link) => link.includes(wanted)))
    faults.push(`the search for ${query} does not find ${wanted}`);
}
