import { readFileSync } from "node:fs";
import { EXPORT_ALLOC } from "../assembly/abi.ts";
import { PACKAGE_ROOT } from "../host/package-root.ts";
import { type Parser, USER_ENTRY } from "./syntax.ts";

const ENTRY = new URL("assembly/script/alloc.ts", PACKAGE_ROOT);

/** Makes the module export the allocator that the host needs, unless an entry has one of its own. */
export function addAllocEntry(parser: Parser): void {
  const hasOwn = parser.sources.some(
    ({ sourceKind, text }) => sourceKind === USER_ENTRY && text.includes(EXPORT_ALLOC),
  );
  if (hasOwn) return;
  parser.parseFile(readFileSync(ENTRY, "utf8"), "~lib/http-background/assembly/script/alloc.ts", true);
}
