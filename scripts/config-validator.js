// Compiles http-background.schema.json to dist/host/api/config-validator.js, so that ajv is not loaded at run time.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import standalone from "ajv/dist/standalone/index.js";

/** Writes the validator below `root`/dist. */
export function buildConfigValidator(root) {
  const schema = JSON.parse(readFileSync(join(root, "http-background.schema.json"), "utf8"));
  // parseConfig refuses every duplicate id, not only equal entries, and this keyword would need ajv's runtime.
  delete schema.properties.threads.uniqueItems;

  const ajv = new Ajv({ allErrors: true, verbose: true, code: { source: true, esm: true, lines: true } });
  ajv.addSchema(schema, "config");
  const source = standalone.default(ajv, { validateConfig: "config" });
  if (source.includes("require(")) throw new Error("the validator must stand alone");

  const folder = join(root, "dist", "host", "api");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "config-validator.js"), source);
}
