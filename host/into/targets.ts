import type { FileHandle } from "node:fs/promises";
import type { Writable } from "node:stream";
import type { Into } from "../api/calls.ts";
import { HandleTarget } from "./handle-target.ts";
import { PathTarget } from "./path-target.ts";
import type { Target } from "./target.ts";
import { WebTarget } from "./web-target.ts";
import { WritableTarget } from "./writable-target.ts";

type Make = (value: never) => Target;

const KINDS: readonly (readonly [is: (value: unknown) => boolean, make: Make])[] = [
  [(value) => typeof value === "string" && value !== "", (path: string) => new PathTarget(path)],
  [(value) => value instanceof URL && value.protocol === "file:", (path: URL) => new PathTarget(path)],
  [(value) => hasMethods(value, "write", "stat", "sync"), (handle: FileHandle) => new HandleTarget(handle)],
  [(value) => hasMethods(value, "write", "end", "on"), (stream: Writable) => new WritableTarget(stream)],
  [(value) => hasMethods(value, "getWriter", "abort"), (stream: WritableStream) => new WebTarget(stream)],
];

/** Whether content can be written into a value. */
export function isInto(value: unknown): value is Into {
  return KINDS.some(([is]) => is(value));
}

/** The target that a value is; undefined if it is none. */
export function targetOf(value: Into): Target | undefined {
  return KINDS.find(([is]) => is(value))?.[1](value as never);
}

function hasMethods(value: unknown, ...names: string[]): boolean {
  if (typeof value !== "object" || value === null) return false;
  return names.every((name) => typeof (value as Record<string, unknown>)[name] === "function");
}
