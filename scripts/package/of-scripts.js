// What Node finds under the names of the libraries of scripts: a sentence, because scripts run in the sandbox.
import { read } from "../project.js";

/** The names that scripts import from. */
export const OF_SCRIPTS = ["assembly", "guest"];

/** A module that has every name of the library, because Node looks for them first, and throws. */
export function refusing(library) {
  const types = read(`${library}.d.ts`);
  const declared = [...types.matchAll(/^export (?:class|function) (\w+)/gm)].map(([, name]) => name);
  const renamed = [...types.matchAll(/^export \{ \w+ as (\w+) \};/gm)].map(([, name]) => name);
  const names = [...new Set([...declared, ...renamed])];
  const sentence =
    `http-background/${library} is for scripts, which run in the sandbox: use "npx http-background run FILE", ` +
    "or compile(FILE) of a runtime. A bundler leaves it out (external)";
  return `const inSandbox = undefined;
export { ${names.map((name) => `inSandbox as ${name}`).join(", ")} };
throw new Error(${JSON.stringify(sentence)});
`;
}
