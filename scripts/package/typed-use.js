// Uses of the package in TypeScript, as text: in an ES module, and in a CommonJS module.

const BODY = `
const http = await createHttpBackground({ threads: [{ id: "default" }] }, {});
const result: Result = await http.http_background("default", "http://a.example/", { timeout: 5 }, "x");
const text: string = result.error !== undefined ? result.error : result.content.toString();
const runtime = createScriptRuntime({ http, allow: ["https://a.example"], limits: { timeout: 1 } });
const script: Script = await runtime.load(new Uint8Array());
const { output, result: value } = await script.run("main", { args: ["a"] });
`;
const IMPORTS = `import { createHttpBackground, HttpBackgroundError, type Result } from "http-background";
import { createScriptRuntime, ScriptError, type Script } from "http-background/script";
`;

export const TYPED_USES = {
  "use.mts": `${IMPORTS}import transform from "http-background/transform";
${BODY}
export { text, output, value, transform, HttpBackgroundError, ScriptError };
`,
  "use.cts": `${IMPORTS}
export async function main(): Promise<unknown[]> {
${BODY}
return [text, output, value, HttpBackgroundError, ScriptError];
}
`,
};
