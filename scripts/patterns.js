// Finds regular expressions that need more than linear time for some text. Foreign text could block the event loop.
// Usage: node scripts/patterns.js [FILE …]   (default: all of host/ and transform/)
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import ts from "typescript";
import { filesIn, root } from "./project.js";

// The other engines of recheck are separate programs.
process.env.RECHECK_BACKEND = "pure";
const { checkSync } = await import("recheck");

/** A pattern whose check takes longer is refused too, because it is not known to be harmless. */
const LONGEST_CHECK_MS = 60_000;
const SEED = 1;

/**
 * The regular expressions of a file, and their places. `new RegExp` is refused, because we cannot check its pattern.
 */
function findPatterns(path) {
  const source = ts.createSourceFile(
    path,
    readFileSync(resolve(root, path), "utf8"),
    ts.ScriptTarget.Latest,
    true,
  );
  const found = [];
  const visit = (node) => {
    const isHidden = ts.isIdentifier(node) && node.text === "RegExp" && !ts.isTypeReferenceNode(node.parent);
    if (isHidden || ts.isRegularExpressionLiteral(node)) {
      const { line } = source.getLineAndCharacterOfPosition(node.getStart());
      found.push({ place: `${path}:${line + 1}`, text: node.text });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** What is wrong with a pattern; undefined if it is safe. */
function findFault(text) {
  const end = text.lastIndexOf("/");
  if (end <= 0) return "cannot be checked: write a literal";
  const { status, complexity, error } = checkSync(text.slice(1, end), text.slice(end + 1), {
    timeout: LONGEST_CHECK_MS,
    // Where it has to try inputs, it must try the same ones each time.
    randomSeed: SEED,
  });
  return status === "safe" ? undefined : (complexity?.summary ?? error?.kind ?? status);
}

const isCode = (path) => path.endsWith(".ts") && !path.endsWith(".d.ts");
const asked = process.argv.slice(2);
const paths = asked.length > 0 ? asked : [...filesIn("host"), ...filesIn("transform")].filter(isCode);
for (const { place, text } of paths.flatMap(findPatterns)) {
  const fault = findFault(text);
  if (fault === undefined) continue;
  console.error(`${place}: ${text}: ${fault}`);
  process.exitCode = 1;
}
