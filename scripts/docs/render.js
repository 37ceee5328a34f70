import { posix } from "node:path";
import { Marked } from "marked";

/** Everything else of a heading is left out of its anchor, as GitHub does it. */
const NOT_IN_ANCHORS = /[^\p{L}\p{N}\p{M}_\- ]/gu;
const IS_OUTSIDE = /^[a-z][a-z+.-]*:/i;
const MARKS = /[`*|[\]]/g;

/**
 * Makes the HTML of a page.
 *
 * @param options `file`: its path in the repository; `toHref`: gives a link for a path in the repository
 * @returns `html`; `sections`: its headings, each with its anchor and the text under it
 */
export function renderPage(text, { file, toHref }) {
  const used = new Map();
  const headings = [{ anchor: "", level: 1, title: "" }];
  const resolve = (href) => resolveLink(href, file, toHref);
  const renderer = {
    heading({ tokens, depth }) {
      const title = plainText(tokens);
      const anchor = anchorOf(title, used);
      headings.push({ anchor, level: depth, title });
      const link =
        depth === 1
          ? ""
          : ` <a class="anchor" href="#${anchor}" aria-label="Link to: ${escapeHtml(title)}">#</a>`;
      return `<h${depth} id="${anchor}">${this.parser.parseInline(tokens)}${link}</h${depth}>\n`;
    },
    link({ href, tokens }) {
      return `<a href="${escapeHtml(resolve(href))}">${this.parser.parseInline(tokens)}</a>`;
    },
    image({ href, text: alt }) {
      return `<img src="${escapeHtml(resolve(href))}" alt="${escapeHtml(alt)}" loading="lazy">`;
    },
    table({ header, rows }) {
      const cells = (row, tag) =>
        row.map(({ tokens }) => `<${tag}>${this.parser.parseInline(tokens)}</${tag}>`).join("");
      const head = header.some(({ text: title }) => title !== "")
        ? `<thead><tr>${cells(header, "th")}</tr></thead>`
        : "";
      const body = rows.map((row) => `<tr>${cells(row, "td")}</tr>`).join("\n");
      return `<div class="table"><table>${head}<tbody>${body}</tbody></table></div>\n`;
    },
  };
  const html = new Marked({ gfm: true, renderer }).parse(text);
  const texts = textsOf(text);
  return { html, sections: headings.map((heading, index) => ({ ...heading, text: texts[index] ?? "" })) };
}

/** The anchor of a heading, as GitHub makes it. `used`: how often each came before on the page. */
function anchorOf(title, used) {
  const anchor = title.toLowerCase().replace(NOT_IN_ANCHORS, "").replaceAll(" ", "-");
  const count = used.get(anchor) ?? 0;
  used.set(anchor, count + 1);
  return count === 0 ? anchor : `${anchor}-${count}`;
}

/** The text before the first heading, and after each. */
function textsOf(page) {
  const texts = [""];
  let isCode = false;
  for (const line of page.split("\n")) {
    if (line.startsWith("```")) isCode = !isCode;
    if (!isCode && /^#{1,6} /.test(line)) texts.push("");
    else texts[texts.length - 1] += `${line.replace(MARKS, " ")}\n`;
  }
  return texts;
}

function plainText(tokens) {
  return tokens.map(({ tokens: inner, text }) => (inner ? plainText(inner) : text)).join("");
}

function resolveLink(href, file, toHref) {
  if (IS_OUTSIDE.test(href) || href.startsWith("#")) return href;
  const [path, anchor] = href.split("#");
  const target = toHref(posix.join(posix.dirname(file), path));
  return anchor === undefined ? target : `${target}#${anchor}`;
}

export function escapeHtml(text) {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
