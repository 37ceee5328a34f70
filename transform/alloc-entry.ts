import { EXPORT_ALLOC } from "../assembly/abi.ts";
import { readAllocSource } from "./alloc-source.ts";
import { isExport, isExported, type Parser, type Source, USER_ENTRY } from "./syntax.ts";

/** Makes the module export the allocator that the host needs, unless an entry has its own. */
export function addAllocEntry(parser: Parser): void {
  if (entriesAndReexported(parser).some((source) => exportsName(source, EXPORT_ALLOC))) return;
  parser.parseFile(readAllocSource(), "~lib/http-background/assembly/script/alloc.ts", true);
}

/** The entries, and the files whose exports they export again with `export *`. */
function entriesAndReexported({ sources }: Parser): Source[] {
  const found = new Set(sources.filter(({ sourceKind }) => sourceKind === USER_ENTRY));
  // The set grows during this loop, and the loop visits the new members too.
  for (const { statements } of found) {
    for (const statement of statements) {
      if (!isExport(statement) || statement.members !== null) continue;
      const path = statement.internalPath;
      const source = sources.find(
        ({ internalPath }) => internalPath === path || internalPath === `${path}/index`,
      );
      if (source !== undefined) found.add(source);
    }
  }
  return [...found];
}

function exportsName({ statements }: Source, name: string): boolean {
  return statements.some((statement) => {
    if (!isExport(statement)) return isExported(statement, name);
    return statement.members?.some(({ exportedName }) => exportedName.text === name) ?? false;
  });
}
