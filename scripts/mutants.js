// Finds changes of a TypeScript file that good tests should notice.
import ts from "typescript";

const { SyntaxKind: Kind } = ts;

/** Operators, each with its replacement. */
const OPERATORS = new Map([
  [Kind.LessThanToken, "<="],
  [Kind.LessThanEqualsToken, "<"],
  [Kind.GreaterThanToken, ">="],
  [Kind.GreaterThanEqualsToken, ">"],
  [Kind.EqualsEqualsEqualsToken, "!=="],
  [Kind.ExclamationEqualsEqualsToken, "==="],
  [Kind.PlusToken, "-"],
  [Kind.MinusToken, "+"],
  [Kind.AsteriskToken, "/"],
  [Kind.AmpersandAmpersandToken, "||"],
  [Kind.BarBarToken, "&&"],
  [Kind.PlusEqualsToken, "-="],
  [Kind.MinusEqualsToken, "+="],
  [Kind.GreaterThanGreaterThanGreaterThanToken, "<<"],
]);

/** One row for each kind of change: the text that is removed, and its replacement. */
const CHANGES = [
  (node) => {
    const change = ts.isBinaryExpression(node) ? OPERATORS.get(node.operatorToken.kind) : undefined;
    return change === undefined ? undefined : [node.operatorToken, change];
  },
  (node) => (node.kind === Kind.TrueKeyword && !isType(node) ? [node, "false"] : undefined),
  (node) => (node.kind === Kind.FalseKeyword && !isType(node) ? [node, "true"] : undefined),
  (node) => (ts.isNumericLiteral(node) && !isType(node) ? [node, String(anotherNumber(node))] : undefined),
  (node) => (ts.isIfStatement(node) ? [node.expression, "false"] : undefined),
  (node) => (ts.isConditionalExpression(node) ? [node.condition, "true"] : undefined),
  (node) =>
    ts.isExpressionStatement(node) && ts.isCallExpression(node.expression) && !isSuper(node)
      ? [node, ";"]
      : undefined,
  (node) =>
    ts.isPrefixUnaryExpression(node) && node.operator === Kind.ExclamationToken
      ? [node, node.operand.getText()]
      : undefined,
];

/** All changes of a file, each with the whole changed text. */
export function findMutants(file, text) {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const mutants = [];
  const visit = (node) => {
    for (const change of CHANGES) {
      const found = change(node);
      if (found !== undefined) mutants.push(makeMutant(source, text, found));
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return mutants;
}

function makeMutant(source, text, [node, is]) {
  const start = node.getStart();
  const { line } = source.getLineAndCharacterOfPosition(start);
  const was = text.slice(start, node.end).split("\n", 1)[0];
  return {
    file: source.fileName,
    line: line + 1,
    was,
    is,
    text: text.slice(0, start) + is + text.slice(node.end),
  };
}

/**
 * One more. But no test can tell a time of real seconds from one that is a millisecond longer, so such a time becomes
 * ten times as long.
 */
function anotherNumber(node) {
  const value = Number(node.text.replaceAll("_", ""));
  const isTime = ts.isVariableDeclaration(node.parent) && node.parent.name.getText().endsWith("_MS");
  return isTime && value > 0 ? 10 * value : value + 1;
}

function isType(node) {
  return ts.isLiteralTypeNode(node.parent);
}

function isSuper(node) {
  return node.expression.expression.kind === Kind.SuperKeyword;
}
