// The reporter within a file's own process (node:test's --test-reporter): tells the process that started it what happens.
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

/** Yields nothing: what a test prints is all that there is on its stdout. */
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

/** All of it: the message with its difference, the stack of our own frames, the causes. */
function textOf(error) {
  const cause = error.cause ?? error;
  if (typeof cause === "string") return cause;
  const text = cause instanceof AssertionError ? cause.stack : inspect(cause, { depth: 4 });
  return text
    .split("\n")
    .filter((line) => !/^\s+at .*\(?node:(internal\/|async_hooks)/.test(line))
    .join("\n");
}
