import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { after, before, describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import type * as Host from "../../host/index.ts";
import type { HttpBackground, Result } from "../../host/index.ts";
import type * as Scripts from "../../host/script/index.ts";
import { certificates } from "../support/certificates.ts";
import { inRoot, readText } from "../support/root.ts";

type Recipe = (...args: unknown[]) => Promise<unknown>;

/** They are inside the package, so that they can import the package by its name. */
const FOLDER = inRoot(".cache/recipes");
const FILE = "x".repeat(100_000);

interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

/** The recipes import the package by its name, and an object of another copy is none of its own. It may not be built yet. */
const PACKAGE: string = "http-background";
const { createHttpBackground } = (await import(PACKAGE)) as typeof Host;
const { createScriptRuntime } = (await import(`${PACKAGE}/script`)) as typeof Scripts;

const recipes: Record<string, Recipe> = {};
const seen: Seen[] = [];
/** The answers of the server, in order; then 200 with "{}". */
let answers: ((response: ServerResponse) => void)[] = [];
let http: HttpBackground;
let temporary: string;
let file: string;
const server = createServer(async (request, response) => {
  const { method, url, headers } = request;
  seen.push({ method, url, headers, body: await buffer(request) });
  const answer = answers.shift() ?? ((ready) => ready.end("{}"));
  answer(response);
});
const url = (path = "/"): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
const status =
  (code: number, headers: Record<string, string> = {}) =>
  (response: ServerResponse): void => {
    response.writeHead(code, headers).end();
  };
const recipe = (name: string): Recipe => {
  seen.length = 0;
  const found = recipes[name];
  assert.ok(found, name);
  return found;
};

before(async () => {
  temporary = mkdtempSync(join(tmpdir(), "http-background-recipes-"));
  file = join(temporary, "large");
  writeFileSync(file, FILE);
  await once(server.listen(0, "127.0.0.1"), "listening");
  http = await createHttpBackground({ threads: [{ id: "default" }] });
  mkdirSync(FOLDER, { recursive: true });
  for (const [, code = ""] of readText("docs/recipes.md").matchAll(/^```js\n(.*?)^```$/gms)) {
    const [, name = ""] = /^export (?:async )?function (\w+)/m.exec(code) ?? [];
    assert.notEqual(name, "", code);
    const path = join(FOLDER, `${name}.mjs`);
    writeFileSync(path, code);
    recipes[name] = ((await import(pathToFileURL(path).href)) as Record<string, Recipe>)[name] as Recipe;
  }
});
after(async () => {
  await http.destroy();
  server.close();
  server.closeAllConnections();
  rmSync(temporary, { recursive: true });
  rmSync(FOLDER, { recursive: true, force: true });
});

describe("docs/recipes.md", { timeout: 60_000 }, () => {
  it("retries as the server says, and gives the last reply", async () => {
    const retry = recipe("withRetries");
    const get = () => http.http_background("default", url());
    const times = { firstMs: 1, mostMs: 5 };
    answers = [status(503, { "Retry-After": "0" }), status(429), status(200)];
    assert.deepEqual([((await retry(get, times)) as Result).status, seen.length], [200, 3]);
    answers = [status(503), status(503), status(503)];
    assert.deepEqual([((await retry(get, { ...times, tries: 2 })) as Result).status, seen.length], [503, 5]);
    answers = [status(503, { "Retry-After": new Date(Date.now() - 60_000).toUTCString() }), status(404)];
    assert.deepEqual([((await retry(get)) as Result).status, seen.length], [404, 7]);
    answers = [];
    const refused = () => http.http_background("default", "http://127.0.0.1:1/");
    assert.equal(((await retry(refused, { ...times, tries: 2 })) as Result).code, "COULDNT_CONNECT");
  });

  it("repeats an order under one key", async () => {
    answers = [status(503, { "Retry-After": "0" })];
    await recipe("createOrder")(http, url(), { id: 7 });
    const keys = seen.map(({ headers }) => headers["idempotency-key"]);
    assert.equal(keys.length, 2);
    assert.match(String(keys[0]), /^[0-9a-f-]{36}$/);
    assert.equal(keys[0], keys[1]);
  });

  it("posts JSON, and throws what went wrong", async () => {
    answers = [(response) => response.end('{"a":1}')];
    assert.deepEqual(await recipe("postJson")(http, url(), { b: 2 }), { a: 1 });
    assert.deepEqual(JSON.parse(String(seen[0]?.body)), { b: 2 });
    answers = [status(500)];
    await assert.rejects(recipe("postJson")(http, url(), 1), /status 500/);
    await assert.rejects(recipe("postJson")(http, "http://127.0.0.1:1/", 1), /Couldn't connect/);
  });

  it("uploads a file, and tells how far it is", async () => {
    const percents: number[] = [];
    await recipe("uploadFile")(http, url(), file, (percent: number) => percents.push(percent));
    assert.ok(seen[0]?.body.includes(FILE));
    assert.equal(percents.at(-1), 100);
  });

  it("downloads into a file", async () => {
    const target = join(temporary, "target");
    answers = [(response) => response.end(FILE)];
    assert.equal(await recipe("download")(http, url(), target), 200);
    assert.equal(readFileSync(target, "utf8"), FILE);
    await assert.rejects(recipe("download")(http, "http://127.0.0.1:1/", target), /Couldn't connect/);
    assert.equal(readFileSync(target, "utf8"), FILE);
  });

  it("puts an object into S3, with a length and a signature", async () => {
    await recipe("putObject")(http, url("/bucket/key"), file, {
      region: "eu-1",
      id: "AKID",
      secret: "s",
      sessionToken: "t",
    });
    const [{ method, headers, body } = {} as Seen] = seen;
    assert.deepEqual([method, headers["content-length"], String(body)], ["PUT", String(FILE.length), FILE]);
    assert.match(
      String(headers.authorization),
      /^AWS4-HMAC-SHA256 Credential=AKID\/\d{8}\/eu-1\/s3\/aws4_request/,
    );
    assert.equal(headers["x-amz-security-token"], "t");
  });

  it("trusts an authority of its own, and takes the proxy that it is given", async () => {
    const { authority, good } = certificates();
    const secure = createSecureServer(good, (_, response) => response.end("{}"));
    await once(secure.listen(0, "127.0.0.1"), "listening");
    const direct = (await recipe("createWithOwnAuthority")(authority.certPath)) as HttpBackground;
    const proxied = (await recipe("createWithOwnAuthority")(authority.certPath, url())) as HttpBackground;
    try {
      const { port } = secure.address() as AddressInfo;
      assert.equal((await direct.http_background("default", `https://127.0.0.1:${port}/`)).status, 200);
      await proxied.http_background("default", "http://elsewhere.example/x");
      assert.equal(seen[0]?.url, "http://elsewhere.example/x");
    } finally {
      await Promise.all([direct.destroy(), proxied.destroy()]);
      secure.close();
    }
  });

  it("makes many requests at once", async () => {
    const replies = (await recipe("fetchAll")(
      Array.from({ length: 100 }, (_, i) => url(`/${i}`)),
    )) as Result[];
    assert.deepEqual([replies.every(({ status: code }) => code === 200), seen.length], [true, 100]);
  });

  it("makes a runtime for a container", async () => {
    const runtime = (await recipe("createRuntime")(http, [])) as ReturnType<typeof createScriptRuntime>;
    await runtime.close();
  });

  it("shuts down in the time that there is", async () => {
    const busy = await createHttpBackground({ threads: [{ id: "default" }] });
    const runtime = createScriptRuntime({ http: busy, workers: 0 });
    answers = [() => {}];
    const never = busy.http_background("default", url());
    await recipe("shutDown")(busy, runtime, 20);
    assert.equal((await never).code, "ABORTED_BY_CALLBACK");
    const idle = await createHttpBackground({ threads: [{ id: "default" }] });
    await recipe("shutDown")(idle, createScriptRuntime({ http: idle, workers: 0 }), 60_000);
  });
});
