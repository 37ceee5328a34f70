import { GROUPS, nameOf } from "./pages.js";
import { escapeHtml } from "./render.js";

/** The whole page around its text. `sections` are its headings. */
export function wrapPage(html, { page, sections }) {
  const title = page.name === "index" ? "http-background" : `${page.title} · http-background`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)}</title>
<link rel="stylesheet" href="style.css">
<script src="minisearch.js" defer></script>
<script src="index.js" defer></script>
<script src="site.js" defer></script>
</head>
<body>
<a class="skip" href="#main">Skip to the text</a>
<header>
<a class="home" href="index.html">http-background</a>
<form role="search"><input type="search" aria-label="Search" placeholder="Search" autocomplete="off" disabled></form>
<ol id="found" hidden></ol>
</header>
<div class="columns">
<nav aria-label="Pages"><details open><summary>Pages</summary>
${GROUPS.map((group) => groupOf(group, page)).join("\n")}
</details></nav>
<main id="main">
${html}
</main>
${contentsOf(sections)}
</div>
</body>
</html>
`;
}

function groupOf({ title, pages }, current) {
  const items = pages.map((page) => {
    const here = page.file === current.file ? ' aria-current="page"' : "";
    return `<li><a href="${nameOf(page)}.html"${here}>${escapeHtml(page.title)}</a></li>`;
  });
  return `<h2>${escapeHtml(title)}</h2>\n<ul>${items.join("")}</ul>`;
}

function contentsOf(sections) {
  const items = sections.filter(({ level, anchor }) => anchor !== "" && level === 2);
  if (items.length < 2) return "";
  const list = items.map(({ anchor, title }) => `<li><a href="#${anchor}">${escapeHtml(title)}</a></li>`);
  return `<aside aria-label="On this page"><h2>On this page</h2><ul>${list.join("")}</ul></aside>`;
}
