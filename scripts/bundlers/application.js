// A small application, as text.

/** Compiles its script, as a program that builds an application would. */
export const COMPILE = `import { writeFileSync } from "node:fs";
import { compileScript } from "http-background/script";

const source = \`import { args, echo, http_background } from "http-background/assembly";
export function main(): void { echo(http_background("default", args()[0], null, null).status.toString()); }\`;
const { wasm } = await compileScript({ name: "main.ts", source });
writeFileSync("script.js", "export default " + JSON.stringify(Buffer.from(wasm).toString("base64")));
`;

/**
 * Makes a request, runs a script that makes another one in a worker thread, and one in JavaScript, and tries to compile. It
 * prints two status codes, a result, and what became of the last one.
 */
export const APPLICATION = `import { createHttpBackground } from "http-background";
import { createScriptRuntime } from "http-background/script";
import script from "./script.js";

async function main(url) {
  const http = await createHttpBackground({ threads: [{ id: "default" }] });
  const { status } = await http.http_background("default", url);
  const runtime = createScriptRuntime({ http, allow: [new URL(url).origin], workers: 1 });
  const loaded = await runtime.load(Buffer.from(script, "base64"));
  const { output } = await loaded.run("main", { args: [url] });
  const javascript = await runtime.compile({ name: "hook.js", source: "export default () => 6 * 7;" });
  const { result } = await javascript.run();
  const source = 'import { echo } from "http-background/assembly"; export function main(): void { echo("") }';
  const compiling = runtime.compile({ name: "main.ts", source });
  const end = await compiling.then(() => "compiled", ({ code }) => code);
  await runtime.close();
  await http.close();
  console.log(status, output.trim(), result, end);
}

main(process.argv[2]);
`;
