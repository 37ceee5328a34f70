/**
 * The parts of the compiler's syntax tree that are used here. The compiler itself is not imported: a transform works
 * with the compiler that runs it, and its own package might find another one.
 */
export interface Node {
  kind: number;
  range: Range;
}

interface Range {
  source: Source;
  start: number;
}

/** A file. It is a kind of node, and so are its statements. */
export interface Source extends Node {
  sourceKind: number;
  /** The name of the file in the compiler's messages. */
  normalizedPath: string;
  /** The same name without its extension, as imports and exports have it. */
  internalPath: string;
  statements: Node[];
  lineAt(position: number): number;
  /** The column of the position of the last `lineAt`. */
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
  /** The path of the file, without its extension. For a package it begins with `~lib/`. */
  internalPath: string;
}

/** `export { localName as exportedName, … }`, with or without `from …`; `export * from …` has no members. */
export interface ExportStatement extends Node {
  members: { exportedName: Identifier }[] | null;
  /** The path of the file, without its extension; null if there is no `from`. */
  internalPath: string | null;
}

/** `CommonFlags.Export`: the declaration has the modifier `export`. */
const EXPORTED = 2;

// The compiler does not export the numbers of its kinds of node. We recognise a kind by its fields.

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

/** The names in `a.b.c`; undefined for any other expression. */
export function namesOf(node: Node): string[] | undefined {
  if ("text" in node && "isQuoted" in node) return [(node as Identifier).text];
  if (!("property" in node)) return undefined;
  const { expression, property } = node as PropertyAccess;
  return namesOf(expression)?.concat(property.text);
}

/** All nodes of a tree, outer nodes before inner ones. (Not recursive, because a long concatenation is a deep tree.) */
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
