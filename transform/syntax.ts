/**
 * What of the compiler's syntax tree is used here. The compiler itself is not imported: a transform works
 * with the one that runs it, which need not be the one that its own package would find.
 */
export interface Node {
  kind: number;
  range: Range;
}

interface Range {
  source: Source;
  start: number;
}

/** A file; a kind of node, as are its statements. */
export interface Source extends Node {
  sourceKind: number;
  /** As the compiler names the file in messages. */
  normalizedPath: string;
  /** The same without its extension, as imports and exports name it. */
  internalPath: string;
  statements: Node[];
  lineAt(position: number): number;
  /** Of the position that `lineAt` was asked for last. */
  columnAt(): number;
}

/** `Source.sourceKind` of a file that was named on the command line. */
export const USER_ENTRY = 1;

export interface Parser {
  sources: Source[];
  parseFile(text: string, path: string, isEntry: boolean): void;
}

export interface Identifier extends Node {
  text: string;
}

export interface CallExpression extends Node {
  expression: Node;
  typeArguments: unknown;
  args: Node[];
}

interface PropertyAccess extends Node {
  expression: Node;
  property: Identifier;
}

/** `import { foreignName as name, … } from …` or `import * as namespaceName from …`. */
export interface ImportStatement extends Node {
  declarations: { name: Identifier; foreignName: Identifier }[] | null;
  namespaceName: Identifier | null;
  /** Of the file, without its extension; that of a package begins with `~lib/`. */
  internalPath: string;
}

/** `export { localName as exportedName, … }`, with or without `from …`; `export * from …` has no members. */
export interface ExportStatement extends Node {
  members: { exportedName: Identifier }[] | null;
  /** Of the file, without its extension; null without `from`. */
  internalPath: string | null;
}

/** `CommonFlags.Export`: the declaration has the modifier `export`. */
const EXPORTED = 2;

// Kinds of node have numbers that the compiler does not export; their fields tell them apart as well.

export function isImport(node: Node): node is ImportStatement {
  return "declarations" in node && "namespaceName" in node;
}

export function isExport(node: Node): node is ExportStatement {
  return "members" in node && "internalPath" in node;
}

/** Whether a statement is a declaration of this name with the modifier `export`. */
export function isExported(node: Node, name: string): boolean {
  if (!("name" in node && "flags" in node)) return false;
  const declaration = node as Node & { name: Identifier; flags: number };
  return declaration.name.text === name && (declaration.flags & EXPORTED) !== 0;
}

export function isCall(node: Node): node is CallExpression {
  return "expression" in node && "typeArguments" in node && "args" in node;
}

/** `a.b.c` as its names; undefined for an expression that is anything else. */
export function namesOf(node: Node): string[] | undefined {
  if ("text" in node && "isQuoted" in node) return [(node as Identifier).text];
  if (!("property" in node)) return undefined;
  const { expression, property } = node as PropertyAccess;
  return namesOf(expression)?.concat(property.text);
}

/** Every node of a tree, the outer before the inner. (Not recursive: a long concatenation is a deep tree.) */
export function listNodes(root: Node): Node[] {
  const nodes = [root];
  for (const node of nodes) {
    for (const value of Object.values(node)) {
      for (const child of Array.isArray(value) ? value : [value]) {
        if (isNode(child)) nodes.push(child);
      }
    }
  }
  return nodes;
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "kind" in value && "range" in value;
}

/** Parses an expression with the compiler that made `parser`. */
export function parseExpression(parser: Parser, text: string): Node {
  const Compiler = parser.constructor as new () => Parser;
  const other = new Compiler();
  other.parseFile(text, "expression.ts", false);
  const [statement] = (other.sources[0] as Source).statements;
  return (statement as unknown as { expression: Node }).expression;
}
