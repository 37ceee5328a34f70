import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { OPTION_NAMES } from "../../host/cli/option-values.ts";
import { FLEET_CHANNELS } from "../../host/fleet/channels.ts";
import { CHANNELS } from "../../host/network/call/diagnostics.ts";
import { SENTENCES } from "../../host/network/transfer/failures.ts";
import { RUN_CHANNELS } from "../../host/script/run/run-events.ts";
import { ROOT, readText } from "../support/root.ts";

const PAGES = [
  ...readdirSync(ROOT).filter((name) => name.endsWith(".md")),
  ...readdirSync(join(ROOT, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => join("docs", name)),
];

/** The anchors of a page's headings, as GitHub makes them. */
function anchorsOf(page: string): Set<string> {
  const headings = readText(page).matchAll(/^#+ (.*)$/gm);
  return new Set(
    [...headings].map(([, text = ""]) =>
      text
        .toLowerCase()
        .replace(/[^\w\- ]/g, "")
        .replaceAll(" ", "-"),
    ),
  );
}

describe("the documentation", () => {
  for (const page of PAGES) {
    it(`${page} links to what is there`, () => {
      for (const [, link = ""] of readText(page).matchAll(/\]\(([^)\s]+)\)/g)) {
        if (/^https?:/.test(link)) continue;
        const [path = "", anchor] = link.split("#");
        const target = path === "" ? page : join(dirname(page), path);
        assert.ok(existsSync(join(ROOT, target)), `${link}: no such file`);
        if (anchor !== undefined) assert.ok(anchorsOf(target).has(anchor), `${link}: no such heading`);
      }
    });
  }

  it("names files of the repository that are there", () => {
    const named = PAGES.filter((page) => page !== "CHANGELOG.md").flatMap((page) =>
      [
        ...readText(page).matchAll(
          /`((?:host|assembly|transform|test|bench|scripts|examples|docs)\/[\w./-]+)`/g,
        ),
      ].map(([, path = ""]) => `${page}: ${path}`),
    );
    assert.ok(named.length > 50);
    assert.deepEqual(
      named.filter((entry) => !existsSync(join(ROOT, entry.split(": ")[1] ?? ""))),
      [],
    );
  });

  it("has every entry point of the package", () => {
    const { exports } = JSON.parse(readText("package.json"));
    const page = readText("docs/runtimes.md");
    const names = Object.keys(exports).map((name) => `\`${name.replace(/^\./, "http-background")}\``);
    assert.deepEqual(
      names.filter((name) => !page.includes(name)),
      [],
    );
  });

  it("has a section for every option, and a row in the README", () => {
    const options = new Set(OPTION_NAMES.map((name) => name.split(".")[0] ?? ""));
    const sections = anchorsOf("docs/options.md");
    const readme = readText("README.md");
    for (const option of options) {
      assert.ok(sections.has(option), `docs/options.md: ${option}`);
      assert.ok(readme.includes(`docs/options.md#${option}`), `README.md: ${option}`);
    }
  });

  it("lists every error with its sentence", () => {
    const rows = [...readText("docs/errors.md").matchAll(/^\| `(\w+)` \| (.*?) \|/gm)];
    const documented = new Map(rows.map(([, code, sentence]) => [code, sentence]));
    for (const [code, sentence] of Object.entries(SENTENCES)) {
      assert.equal(documented.get(code), sentence, code);
    }
  });

  it("lists every code of a cause that is ours", () => {
    const sources = ["host/network/http2/session-error.ts", "host/network/http1/lost-connection.ts"];
    const found = sources.flatMap((file) => [
      ...readText(file).matchAll(/^ {2}(?:readonly code = ")?(ERR_\w+)/gm),
    ]);
    const codes = found.map(([, code = ""]) => code);
    assert.ok(codes.length >= 6);
    const page = readText("docs/errors.md");
    assert.deepEqual(
      codes.filter((code) => !page.includes(`| \`${code}\` |`)),
      [],
    );
  });

  it("lists every diagnostics channel", () => {
    for (const { name } of [
      ...Object.values(CHANNELS),
      ...Object.values(RUN_CHANNELS),
      ...Object.values(FLEET_CHANNELS),
    ]) {
      assert.ok(readText("docs/diagnostics.md").includes(`\`${String(name)}\``), String(name));
    }
  });
});
