/** The pages of the site, in groups by what people want. Each page is a Markdown file of the repository. */
export const GROUPS = [
  {
    title: "Start",
    pages: [
      { file: "README.md", title: "What it is", name: "index" },
      { file: "docs/tutorial.md", title: "Tutorial" },
      { file: "docs/comparison.md", title: "Compared with others" },
    ],
  },
  {
    title: "Make requests",
    pages: [
      { file: "docs/options.md", title: "Options" },
      { file: "docs/errors.md", title: "Results and errors" },
      { file: "docs/recipes.md", title: "Recipes" },
      { file: "docs/testing.md", title: "Tests without a network" },
      { file: "docs/fetch.md", title: "fetch" },
      { file: "docs/policy.md", title: "Network policy" },
      { file: "test/vectors/policy.md", title: "Vectors of the policy", name: "policy-vectors" },
      { file: "docs/names.md", title: "How names are looked up" },
      { file: "docs/cli.md", title: "Command line" },
    ],
  },
  {
    title: "Run scripts",
    pages: [
      { file: "docs/scripts.md", title: "Scripts in AssemblyScript" },
      { file: "docs/javascript.md", title: "Scripts in JavaScript" },
      { file: "docs/javascript-library.md", title: "The library of JavaScript" },
      { file: "docs/script-runtime.md", title: "Running scripts" },
      { file: "docs/abi.md", title: "The ABI" },
    ],
  },
  {
    title: "In production",
    pages: [
      { file: "docs/security.md", title: "Security" },
      { file: "docs/fleet.md", title: "Limits of a fleet" },
      { file: "docs/performance.md", title: "Performance" },
      { file: "docs/diagnostics.md", title: "Diagnostics" },
      { file: "docs/runtimes.md", title: "Where it runs" },
      { file: "docs/bundlers.md", title: "Bundled applications" },
    ],
  },
  {
    title: "Coming from Halon",
    pages: [
      { file: "docs/halon.md", title: "Migration" },
      { file: "docs/deviations.md", title: "Differences" },
    ],
  },
  {
    title: "The project",
    pages: [
      { file: "ARCHITECTURE.md", title: "Architecture" },
      { file: "docs/dependencies.md", title: "Dependencies" },
      { file: "CONTRIBUTING.md", title: "Contributing" },
      { file: "SECURITY.md", title: "How to report a hole", name: "reporting" },
      { file: "CODE_OF_CONDUCT.md", title: "Code of conduct", name: "conduct" },
      { file: "docs/versions.md", title: "What a version means" },
      { file: "CHANGELOG.md", title: "Changes" },
    ],
  },
];

/** Each page once, with the name of its file on the site, without an ending. */
export const PAGES = GROUPS.flatMap(({ pages }) => pages).map((page) => ({ ...page, name: nameOf(page) }));

export function nameOf({
  file,
  name = file
    .replace(/^docs\//, "")
    .replace(/\.md$/, "")
    .toLowerCase(),
}) {
  return name;
}
