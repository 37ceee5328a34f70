import { after, before, describe, it } from "node:test";
import { createHttpBackground, type HttpBackground } from "../../host/index.ts";
import { VARIANTS } from "../support/variants.ts";
import { runVector } from "../support/vector-run.ts";
import { loadVectors } from "../support/vectors.ts";

const FILES = [
  "throws",
  "ignored",
  "body",
  "headers",
  "responses",
  "failures",
  "multipart",
  "encoder",
  "redirects",
  "auth",
];

for (const { name, wasm } of VARIANTS) {
  describe(`vectors (${name})`, () => {
    let plugin: HttpBackground;
    before(async () => {
      plugin = await createHttpBackground({ threads: [{ id: "default" }] }, { wasm, env: {} });
    });
    after(() => plugin.destroy());

    for (const vector of FILES.flatMap(loadVectors)) {
      it(vector.name, () => runVector(plugin, vector));
    }
  });
}
