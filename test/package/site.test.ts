import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { ROOT, readText } from "../support/root.ts";

const MARKDOWN = [
  ...readdirSync(ROOT).filter((name) => name.endsWith(".md")),
  ...readdirSync(join(ROOT, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => join("docs", name)),
];

let parent: string;
let folder: string;

const namesOf = (ending: string): string[] => readdirSync(folder).filter((name) => name.endsWith(ending));
const readPage = (name: string): string => readFileSync(join(folder, name), "utf8");
const makeSite = (): string =>
  execFileSync(process.execPath, [join(ROOT, "scripts/docs.js"), folder], {
    encoding: "utf8",
    stdio: "pipe",
  });

function linksOf(page: string): string[] {
  return [...page.matchAll(/ (?:href|src)="([^"]*)"/g)].map(([, link = ""]) => link);
}

before(() => {
  parent = mkdtempSync(join(tmpdir(), "http-background-site-"));
  folder = join(parent, "site");
  makeSite();
});
after(() => rmSync(parent, { recursive: true, force: true }));

describe("the site", () => {
  it("has a page for every file of the documentation", () => {
    const titles = namesOf(".html").map((name) => /<h1 id="([^"]*)"/.exec(readPage(name))?.[1]);
    for (const file of MARKDOWN) {
      const [, title = ""] = /^# (.*)$/m.exec(readText(file)) ?? [];
      const anchor = title
        .toLowerCase()
        .replace(/[^\w\- ]/g, "")
        .replaceAll(" ", "-");
      assert.ok(titles.includes(anchor), `scripts/docs/pages.js lacks ${file}`);
    }
  });

  it("links to what is there, and to its headings", () => {
    for (const name of namesOf(".html")) {
      for (const link of linksOf(readPage(name))) {
        if (/^https?:/.test(link)) continue;
        const [path = "", anchor] = link.split("#");
        const target = path === "" ? name : decodeURI(path);
        assert.ok(existsSync(join(folder, target)), `${name}: ${link}: no such file`);
        if (anchor)
          assert.ok(readPage(target).includes(` id="${anchor}"`), `${name}: ${link}: no such heading`);
      }
    }
  });

  it("needs nothing of the network", () => {
    for (const name of [...namesOf(".html"), ...namesOf(".css")]) {
      assert.doesNotMatch(
        readPage(name),
        /(?:src="|<link[^>]*href="|@import |url\()["']?(?:https?:)?\/\//,
        name,
      );
    }
  });

  it("has each section in the index of the search, with a link that is right", () => {
    const sections = JSON.parse(readPage("index.js").replace(/^globalThis\.SECTIONS = |;\n$/g, "")) as {
      href: string;
    }[];
    assert.ok(sections.length > MARKDOWN.length);
    for (const { href } of sections) {
      const [name = "", anchor] = href.split("#");
      assert.ok(anchor === undefined || readPage(name).includes(` id="${anchor}"`), href);
    }
    assert.equal(new Set(sections.map(({ href }) => href)).size, sections.length);
  });

  it("is made again in its own folder, and never over another", () => {
    makeSite();
    folder = parent;
    assert.throws(makeSite, /is not a site: choose a folder that does not exist/);
    folder = join(parent, "site");
    assert.ok(existsSync(join(folder, "index.html")));
  });
});
