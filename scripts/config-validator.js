// Compiles http-background.schema.json to config-validator.js, so that ajv is not loaded at run time.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { inRoot, read } from "./project.js";

/** Beside what was compiled, and beside the sources, which Node runs themselves where it can. */
export const VALIDATORS = ["dist/host/api/config-validator.js", "host/api/config-validator.js"];

/** Writes the validators. */
export async function buildConfigValidator() {
  const { Ajv } = await import("ajv");
  const { default: standalone } = await import("ajv/dist/standalone/index.js");
  const schema = JSON.parse(read("http-background.schema.json"));
  // parseConfig refuses every duplicate id, not only equal entries, and this keyword would need ajv's runtime.
  delete schema.properties.threads.uniqueItems;

  const ajv = new Ajv({
    allErrors: true,
    verbose: true,
    allowUnionTypes: true,
    code: { source: true, esm: true, lines: true },
  });
  ajv.addSchema(schema, "config");
  const source = standalone.default(ajv, { validateConfig: "config" });
  if (source.includes("require(")) throw new Error("the validator must stand alone");

  for (const path of VALIDATORS) {
    mkdirSync(dirname(inRoot(path)), { recursive: true });
    writeFileSync(inRoot(path), source);
  }
}
