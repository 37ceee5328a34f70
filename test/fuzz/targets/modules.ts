import assert from "node:assert/strict";
import { type Confined, confine } from "../../../host/guest/confine/confine.ts";
import { madeModule, mutatedModule } from "../../hostile/modules.ts";
import type { Random } from "../../hostile/random.ts";
import type { Target } from "../target.ts";
import { mistakeCode } from "./codes.ts";
import { CROWDS } from "./crowds.ts";

const CONFINEMENT = { memoryPages: 256 };
function makeModule(random: Random, size: number): Buffer {
  if (random.chance(0.5)) {
    const made = madeModule(random);
    return random.chance(0.5) ? mutatedModule(random, made) : made;
  }
  const made = random.pick(CROWDS)(random)(size);
  return random.chance(0.2) ? mutatedModule(random, made) : made;
}

/** Modules that nobody trusts, before they go to an engine. */
export const modules: Target<Confined> = {
  name: "modules",
  largest: 16 << 20,
  nanosPerByte: 1000,
  make: makeModule,
  read: (input) => confine(input, CONFINEMENT),
  codeOf: mistakeCode,
  compare(input, outcome) {
    if ("code" in outcome) return;
    const { bytes, source } = outcome.value;
    const given = new WebAssembly.Module(input as Buffer<ArrayBuffer>);
    const imports = source.imports.map(({ module, name }) => `${module}.${name}`);
    assert.deepEqual(
      imports,
      WebAssembly.Module.imports(given).map(({ module, name }) => `${module}.${name}`),
    );
    const exports = source.exports.map(({ name, kind }) => `${kind} ${name}`);
    assert.deepEqual(
      exports,
      WebAssembly.Module.exports(given).map(({ name, kind }) => `${kind} ${name}`),
    );
    assert.ok(WebAssembly.validate(bytes), "the module that was confined is not valid");
  },
};
