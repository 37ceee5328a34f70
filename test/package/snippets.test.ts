import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";
import { inRoot, readText } from "../support/root.ts";
import { runCli } from "../support/run-cli.ts";

/** It is inside the package, so that it can import the package by its name. */
const FOLDER = inRoot(".cache/snippets");

/** The pages whose examples say that `http` is there already, and what each example prints. */
const PAGES: Readonly<Record<string, readonly RegExp[]>> = {
  "docs/options.md": [/^\d+\n$/, /^$/, /^$/, /^\d+ of \d+ bytes\n$/],
  "docs/errors.md": [/^1, 2\n\[ '1', '2' \]\n(?:[\w-]+: .*\n)+http:.*\/response-headers\?a=1&a=2\n$/],
  "docs/fetch.md": [/^200 \{ a: 1 \}\n$/],
};

function examplesOf(page: string): string[] {
  return [...readText(page).matchAll(/^```js\n(.*?)^```$/gms)].map(([, code = ""]) => code);
}

/** Answers with the body that came, or with the parameters of the query as headers. */
function startServer(): Server {
  return createServer((request, response) => {
    const { searchParams, pathname } = new URL(request.url ?? "/", "http://localhost");
    if (pathname === "/response-headers") response.writeHead(200, [...searchParams].flat());
    if (request.method === "POST") request.pipe(response);
    else response.end("hello");
  });
}

describe("pages whose examples go on from an application", () => {
  const server = startServer();
  before(async () => {
    await once(server.listen(0, "127.0.0.1"), "listening");
    mkdirSync(FOLDER, { recursive: true });
    writeFileSync(join(FOLDER, "video.mp4"), "a film");
  });
  after(() => {
    server.close();
    server.closeAllConnections();
    rmSync(FOLDER, { recursive: true });
  });

  for (const [page, expected] of Object.entries(PAGES)) {
    it(`${page} has examples that run`, async () => {
      const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const examples = examplesOf(page);
      assert.equal(examples.length, expected.length);
      for (const [index, code] of examples.entries()) {
        const path = join(FOLDER, `${page.replace("docs/", "")}-${index}.mjs`);
        const before = `import { createHttpBackground } from "http-background";
          const http = await createHttpBackground({ threads: [{ id: "default" }] });
          globalThis.url = "${base}/";\n`;
        const program = `${before}${code.replaceAll("https://httpbin.org", base)}\nawait http.close();\n`;
        writeFileSync(path, program);
        const { stdout } = await promisify(execFile)(process.execPath, [path], { cwd: FOLDER });
        assert.match(stdout, expected[index] ?? /never/);
      }
    });
  }

  it("docs/cli.md has files that the commands read", async () => {
    const files = [...readText("docs/cli.md").matchAll(/^```yaml title="([\w.]+)"\n(.*?)^```$/gms)];
    for (const [, name = "", text = ""] of files) writeFileSync(join(FOLDER, name), text);
    const flags = ["--config", join(FOLDER, "smtpd.yaml"), "--allow-rule", join(FOLDER, "rules.yaml")];
    // A proxy would look the name up, so nothing is asked here.
    const args = ["explain", "DELETE", "https://api.example.com/v1/a", "--environment-proxy", ...flags];
    const { code, stdout } = await runCli(args, "", { https_proxy: "http://127.0.0.1:1" });
    assert.match(stdout.toString(), /rule +default method\n/);
    assert.equal(code, 1);
    assert.equal(files.length, 2);
  });
});
