import { readFileSync } from "node:fs";
import { PACKAGE_ROOT } from "../host/package-root.ts";

/** The source of the allocator. In the published package it is a part of the code (scripts/package/embedded.js). */
export function readAllocSource(): string {
  return readFileSync(new URL("assembly/script/alloc.ts", PACKAGE_ROOT), "utf8");
}
