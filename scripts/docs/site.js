// Runs in the browser: the search, and the list of pages on a narrow screen.
const MOST_FOUND = 12;
const EXCERPT = 140;

const input = document.querySelector("input");
const found = document.querySelector("#found");
const index = new MiniSearch({
  fields: ["title", "page", "text"],
  storeFields: ["href", "title", "page", "text"],
  searchOptions: { boost: { title: 4, page: 2 }, prefix: true, fuzzy: 0.15, combineWith: "AND" },
});
index.addAll(globalThis.SECTIONS);
input.disabled = false;

function search() {
  const hits = index.search(input.value).slice(0, MOST_FOUND);
  found.replaceChildren(...hits.map(toItem));
  found.hidden = input.value === "";
  if (hits.length === 0) found.replaceChildren(textElement("li", "Nothing was found."));
}

function toItem({ href, title, page, text }, place) {
  const link = textElement("a", title || page);
  link.href = href;
  if (place === 0) link.className = "first";
  link.append(textElement("small", `${page}: ${text.trim().slice(0, EXCERPT)}`));
  const item = document.createElement("li");
  item.append(link);
  return item;
}

function textElement(name, text) {
  const element = document.createElement(name);
  element.textContent = text;
  return element;
}

input.addEventListener("input", search);
input.form.addEventListener("submit", (event) => {
  event.preventDefault();
  found.querySelector("a")?.click();
});
document.addEventListener("keydown", ({ key }) => {
  if (key === "Escape") found.hidden = true;
});
document.addEventListener("click", ({ target }) => {
  if (!found.contains(target)) found.hidden = true;
});
if (matchMedia("(max-width: 48rem)").matches) document.querySelector("nav details").open = false;
