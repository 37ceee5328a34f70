// Makes dist/prelude.js: the library of scripts in JavaScript as one script.
import { writeFileSync } from "node:fs";
import { inRoot } from "../project.js";

export const PRELUDE = "dist/prelude.js";
const ENTRY = "dist/host/script/javascript/prelude/main.js";

export async function bundlePrelude() {
  const { rollup } = await import("@rollup/wasm-node");
  const built = await rollup({ input: inRoot(ENTRY), onLog: (_level, { message }) => fail(message) });
  const { output } = await built.generate({ format: "iife", indent: false });
  await built.close();
  writeFileSync(inRoot(PRELUDE), output[0].code);
}

function fail(message) {
  throw new Error(message);
}
