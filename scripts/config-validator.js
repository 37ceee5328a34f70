// Compiles http-background.schema.json to config-validator.js, so that ajv is not loaded at run time.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { inRoot, read } from "./project.js";

/** One for the compiled files, and one for the sources, which newer versions of Node run directly. */
export const VALIDATORS = ["dist/host/api/config-validator.js", "host/api/config-validator.js"];

/** Writes the validators. */
export async function buildConfigValidator() {
  const { Ajv } = await import("ajv");
  const { default: standalone } = await import("ajv/dist/standalone/index.js");
  const schema = JSON.parse(read("http-background.schema.json"));
  // parseConfig itself refuses duplicate ids, not only equal entries. And this keyword would need ajv's runtime.
  delete schema.properties.threads.uniqueItems;

  const ajv = new Ajv({
    allErrors: true,
    verbose: true,
    allowUnionTypes: true,
    code: { source: true, esm: true, lines: true },
  });
  ajv.addSchema(schema, "config");
  const source = standalone.default(ajv, { validateConfig: "config" });
  if (source.includes("require(")) throw new Error("the validator must not need other modules");

  for (const path of VALIDATORS) {
    mkdirSync(dirname(inRoot(path)), { recursive: true });
    writeFileSync(inRoot(path), source);
  }
}
