import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { promisify } from "node:util";
import { ROOT, readText } from "../support/root.ts";

const run = promisify(execFile);

describe("what the page about diagnostics shows", () => {
  const [events = "", ...others] = [...readText("docs/diagnostics.md").matchAll(/```js\n(.*?)```/gs)].map(
    ([, code = ""]) => code,
  );
  const prometheus = others.find((code) => code.includes("PrometheusExporter")) ?? assert.fail();
  const tracing = others.find((code) => code.includes("UndiciInstrumentation")) ?? assert.fail();

  /** Runs the code inside of the package, so that it can import the package by its name. */
  async function output(name: string, code: string): Promise<string> {
    const path = join(ROOT, "dist", `${name}.mjs`);
    try {
      writeFileSync(path, code);
      return (await run(process.execPath, [path])).stdout;
    } finally {
      rmSync(path, { force: true });
    }
  }

  const calling = `
    const { createServer: listenTo } = await import("node:http");
    const target = listenTo((_, response) => response.end("fine")).listen(0, "127.0.0.1");
    await new Promise((resolve) => target.once("listening", resolve));
    const { createHttpBackground: create } = await import("http-background");
    const plugin = await create({ threads: [{ id: "default" }] });
    await plugin.http_background("default", "http://127.0.0.1:" + target.address().port);
    await plugin.close();
    target.close();`;

  it("listens to events", async () => {
    assert.match(await output("events", `${events}${calling}`), /^default 200 [\d.]+\n$/);
  });

  it("is a Prometheus endpoint in ten lines", async () => {
    assert.equal(prometheus.trimEnd().split("\n").length, 10);
    const free = prometheus
      .replace(".listen(9464,", ".listen(0,")
      .replace(/^createServer/m, "const endpoint = createServer");
    assert.notEqual(free, prometheus);
    const asking = `
      await new Promise((resolve) => endpoint.listening ? resolve() : endpoint.once("listening", resolve));
      const answer = await fetch("http://127.0.0.1:" + endpoint.address().port + "/metrics");
      console.log(await answer.text());
      endpoint.close();
      await http.close();
      process.exit();`;
    const text = await output("prometheus", `${free}${calling}${asking}`);
    assert.match(text, /^http_client_request_duration_count\{.*http_response_status_code="200".*\} 1$/m);
    assert.match(text, /^http_client_request_duration_bucket\{.*le="0\.075".*\} [01]$/m);
    assert.match(text, /^http_background_calls\{.*http_background_state="active".*\} 0$/m);
    assert.match(text, /^nodejs_eventloop_delay_p99(\{.*\})? [\d.e-]+$/m);
  });

  it("lets undici's instrumentation ignore our requests", async () => {
    assert.match(
      await output("tracing", `${tracing}${calling}console.log("done");process.exit();`),
      /^done$/m,
    );
  });
});
