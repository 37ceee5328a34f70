// Finds regular expressions that need more than linear time for some text. Foreign text could block the event loop.
// Usage: node scripts/patterns.js [FILE …]   (default: all of host/ and transform/)
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import ts from "typescript";
import { filesIn, inRoot, root } from "./project.js";

// The other engines of recheck are separate programs.
process.env.RECHECK_BACKEND = "pure";
const { checkSync } = await import("recheck");

/**
 * Where the checker has to try inputs, it tries the same ones each time, and takes the time that it needs: otherwise it
 * would find faults on a machine that is busy.
 */
const SAME_EACH_TIME = {
  randomSeed: 1,
  timeout: null,
  attackTimeout: null,
  incubationTimeout: null,
  recallTimeout: null,
  seedingTimeout: null,
};

/** The patterns that were found to be safe, because checking all of them takes ten seconds. */
const CACHE = inRoot(".cache/patterns.json");
/** Verdicts of another checker do not count. */
const CHECKER = createHash("sha256")
  .update(readFileSync(new URL(import.meta.url)))
  .update(readFileSync(inRoot("node_modules/recheck/package.json")))
  .digest("hex");

function readSafe() {
  try {
    const { checker, safe } = JSON.parse(readFileSync(CACHE, "utf8"));
    return new Set(checker === CHECKER ? safe : []);
  } catch {
    return new Set();
  }
}

function writeSafe(safe) {
  mkdirSync(dirname(CACHE), { recursive: true });
  const part = `${CACHE}.${process.pid}`;
  writeFileSync(part, JSON.stringify({ checker: CHECKER, safe: [...safe] }));
  renameSync(part, CACHE);
}

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
  const { status, complexity, error } = checkSync(text.slice(1, end), text.slice(end + 1), SAME_EACH_TIME);
  return status === "safe" ? undefined : (complexity?.summary ?? error?.kind ?? status);
}

const isCode = (path) => path.endsWith(".ts") && !path.endsWith(".d.ts");
const asked = process.argv.slice(2);
const paths = asked.length > 0 ? asked : [...filesIn("host"), ...filesIn("transform")].filter(isCode);
const safe = readSafe();
const known = safe.size;
for (const { place, text } of paths.flatMap(findPatterns)) {
  const fault = safe.has(text) ? undefined : findFault(text);
  if (fault === undefined) {
    safe.add(text);
    continue;
  }
  console.error(`${place}: ${text}: ${fault}`);
  process.exitCode = 1;
}
if (safe.size > known) writeSafe(safe);
