// Compiles the scripts of this folder and runs them in the sandbox. They make requests to a server in this
// process.
import { fileURLToPath } from "node:url";
import { createHttpBackground } from "../host/index.ts";
import { createScriptRuntime, type RunOptions } from "../host/script/index.ts";
import { startEchoServer } from "./echo-server.ts";

const MAIL = "From: alice@example.com\r\nTo: bob@example.com\r\nSubject: Hello\r\n\r\nHello, Bob!\r\n";

const server = await startEchoServer();
const http = await createHttpBackground({ threads: [{ id: "default", max_total: 100, max_host: 20 }] });
// Scripts can reach only the servers in `allow`.
const runtime = createScriptRuntime({ http, allow: [server.url] });

await show("webhook.ts", { args: [`${server.url}/unstable`] });
await show("mail.ts", { args: [`${server.url}/upload`], files: { mail: MAIL } });
await show("sequence.ts", { args: [`${server.url}/item`, "1000"] });

await runtime.close();
await http.close();
await server.close();

/** Compiles a script, calls its `main`, and prints its output and its result. */
async function show(name: string, options: RunOptions): Promise<void> {
  console.log(`\n${name} ${options.args?.join(" ")}\n`);
  const script = await runtime.compile(
    fileURLToPath(new URL(`../../examples/scripts/${name}`, import.meta.url)),
  );
  const started = performance.now();
  const { output, result } = await script.run("main", options);
  for (const line of output.trimEnd().split("\n")) console.log(`  > ${line}`);
  console.log(`\n  = ${result}, after ${Math.round(performance.now() - started)} ms`);
}
