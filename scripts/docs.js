// Makes a site of the documentation: static files, which need no server and no network.
// Usage: npm run docs [-- FOLDER]   (default: site)
import { cpSync, existsSync, mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { PAGES } from "./docs/pages.js";
import { renderPage } from "./docs/render.js";
import { wrapPage } from "./docs/template.js";
import { inRoot, read } from "./project.js";

const OWN_FILES = ["style.css", "site.js"];
/** Files of the repository that are no pages, but are linked. */
const FILES = "files";

const folder = resolve(process.argv[2] ?? inRoot("site"));
const nameOfFile = new Map(PAGES.map(({ file, name }) => [file, `${name}.html`]));
if (existsSync(folder) && !existsSync(join(folder, "site.js"))) {
  console.error(`${folder} is not a site: choose a folder that does not exist`);
  process.exit(2);
}
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });

const index = [];
for (const page of PAGES) {
  const { html, sections } = renderPage(read(page.file), { file: page.file, toHref });
  write(`${page.name}.html`, wrapPage(html, { page, sections }));
  for (const { anchor, title, text } of sections) {
    if (anchor === "" && text.trim() === "") continue;
    const href = anchor === "" ? `${page.name}.html` : `${page.name}.html#${anchor}`;
    index.push({ id: href, href, title, page: page.title, text });
  }
}
write("index.js", `globalThis.SECTIONS = ${JSON.stringify(index)};\n`);
const search = createRequire(import.meta.url).resolve("minisearch");
cpSync(join(dirname(search), "../umd/index.js"), join(folder, "minisearch.js"));
for (const name of OWN_FILES) cpSync(inRoot(`scripts/docs/${name}`), join(folder, name));
console.log(`${PAGES.length} pages in ${folder}: open ${join(folder, "index.html")}`);

/** Where a file of the repository is on the site. @throws Error if there is no such file */
function toHref(path) {
  const page = nameOfFile.get(path);
  if (page !== undefined) return page;
  if (!existsSync(inRoot(path)) || !statSync(inRoot(path)).isFile()) throw new Error(`${path}: no such file`);
  const target = `${FILES}/${path}`;
  cpSync(inRoot(path), join(folder, target));
  return target;
}

function write(name, text) {
  writeFileSync(join(folder, name), text);
}
