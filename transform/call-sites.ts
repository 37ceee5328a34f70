import {
  type CallExpression,
  type ImportStatement,
  isCall,
  isImport,
  listNodes,
  namesOf,
  type Parser,
  parseExpression,
  type Source,
} from "./syntax.ts";

const LIBRARY = /^~lib\/http-background\/assembly(\/index)?$/;

/**
 * The functions that may report a mistake at the place of their call, and how many arguments come before this place.
 */
const ARITIES: ReadonlyMap<string, number> = new Map([
  ["http_background", 4],
  ["start", 4],
  ["File.named", 1],
  ["X509.named", 1],
  ["PrivateKey.named", 1],
]);

/**
 * Writes the place of each call of the library into its arguments, so that a mistake names the line of the
 * script: `File.named("mail")` becomes `File.named("mail", "hook.ts", 7, 16)`.
 */
export function addCallSites(parser: Parser): void {
  for (const source of parser.sources) {
    const names = importedNames(source);
    if (names.size === 0) continue;
    for (const node of listNodes(source)) {
      if (!isCall(node)) continue;
      const arity = arityOf(node, names);
      if (arity !== undefined && node.args.length <= arity) addPlace(parser, node, arity);
    }
  }
}

/** The names in this file for those of the library: each with its path, "" for the whole library. */
function importedNames(source: Source): Map<string, string> {
  const names = new Map<string, string>();
  for (const statement of source.statements) {
    if (!isImport(statement) || !LIBRARY.test(statement.internalPath)) continue;
    addImport(statement, names);
  }
  return names;
}

function addImport({ declarations, namespaceName }: ImportStatement, names: Map<string, string>): void {
  if (namespaceName !== null) names.set(namespaceName.text, "");
  for (const { name, foreignName } of declarations ?? []) names.set(name.text, foreignName.text);
}

function arityOf({ expression }: CallExpression, imported: Map<string, string>): number | undefined {
  const [first, ...rest] = namesOf(expression) ?? [];
  const origin = first === undefined ? undefined : imported.get(first);
  if (origin === undefined) return undefined;
  return ARITIES.get([...(origin === "" ? [] : [origin]), ...rest].join("."));
}

function addPlace(parser: Parser, call: CallExpression, arity: number): void {
  const { source, start } = call.range;
  const line = source.lineAt(start);
  const absent = Array<string>(arity - call.args.length).fill("null");
  const place = [JSON.stringify(source.normalizedPath), line, source.columnAt()];
  const { args } = parseExpression(parser, `f(${[...absent, ...place].join()})`) as CallExpression;
  for (const arg of args) {
    arg.range = call.range;
    call.args.push(arg);
  }
}
