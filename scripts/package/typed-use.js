// Uses of the package in TypeScript, as text: in an ES module, and in a CommonJS module.

const BODY = `
const client: RedisClient = { evalsha: async () => [], eval: async () => [] };
const settings: FleetOptions = { name: "fleet", whenLost: "open" };
const fleet = redisFleet(client, settings);
const http = await createHttpBackground({ threads: [{ id: "default" }] }, { fleet });
const result: Result = await http.http_background("default", "http://a.example/", { timeout: 5 }, "x");
if (result.error) result.error satisfies string;
else result.content satisfies Buffer;
if (!("error" in result)) result.headers.get("etag") satisfies string | null;
if (result.status !== undefined) result.content satisfies Buffer;
const maybe: number | undefined = undefined;
await http.http_background("default", new URL("http://a.example/"), { timeout: maybe }, new URLSearchParams());
const text: string = result.error !== undefined ? result.error : result.content.toString();
const runtime = createScriptRuntime({ http, allow: ["https://a.example"], limits: { timeout: 1 } });
const script: Script = await runtime.load(new Uint8Array());
const { output, result: value } = await script.run("main", { args: ["a"] });
const fakes = await createTestHttpBackground();
fakes.when({ url: "/x", json: { a: /b/ } }).reply((request) => ({ content: request.text })).times(2).fail("HTTP2");
const { requests } = await testScript("hook.ts", { when: (when) => when("/x").reply() });
const raw: Buffer | undefined = requests[0]?.raw;
`;
const IMPORTS = `import { createHttpBackground, HttpBackgroundError, type Result } from "http-background";
import { type FleetOptions, type RedisClient, redisFleet } from "http-background/fleet/redis";
import { createScriptRuntime, ScriptError, type Script } from "http-background/script";
import { createTestHttpBackground, TestKitError, testScript } from "http-background/testing";
`;

export const TYPED_USES = {
  "use.mts": `${IMPORTS}import transform from "http-background/transform";
${BODY}
export { text, output, value, raw, transform, HttpBackgroundError, ScriptError, TestKitError };
`,
  "use.cts": `${IMPORTS}
export async function main(): Promise<unknown[]> {
${BODY}
return [text, output, value, raw, HttpBackgroundError, ScriptError, TestKitError];
}
`,
};
