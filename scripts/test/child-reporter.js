// The reporter in the process of a test file (node:test's --test-reporter). It sends the events to the parent process.
import { AssertionError } from "node:assert";
import { inspect } from "node:util";

const TOLD = new Set([
  "test:dequeue",
  "test:complete",
  "test:start",
  "test:pass",
  "test:fail",
  "test:diagnostic",
]);

/** Yields nothing, so that the stdout contains only what the tests print. */
// biome-ignore lint/correctness/useYield: a reporter is a generator
export default async function* report(events) {
  for await (const { type, data } of events) {
    if (TOLD.has(type)) process.send({ type, ...describe(data) });
  }
}

function describe({ name, nesting, file, line, column, skip, todo, details, message }) {
  const { duration_ms, type: kind, error } = details ?? {};
  const told = { name, nesting, file, line, column, skip, todo, kind, message, ms: duration_ms };
  return error === undefined ? told : { ...told, failure: error.failureType, error: textOf(error) };
}

/** The whole text of an error: the message with the difference, our own frames of the stack, and the causes. */
function textOf(error) {
  const cause = error.cause ?? error;
  if (typeof cause === "string") return cause;
  const text = cause instanceof AssertionError ? cause.stack : inspect(cause, { depth: 4 });
  return text
    .split("\n")
    .filter((line) => !/^\s+at .*\(?node:(internal\/|async_hooks)/.test(line))
    .join("\n");
}
