import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { describe, it } from "node:test";
import { runInNewContext } from "node:vm";
import { PreludeEngine } from "../support/javascript/prelude-engine.ts";
import type { Answer, Asked } from "../support/javascript/prelude-host.ts";
import { bodyOf } from "../support/javascript/script-body.ts";
import { readText } from "../support/root.ts";

const SNIPPETS = [...readText("docs/javascript-library.md").matchAll(/```js\n(.*?)```/gs)].map(
  ([, text = ""]) => text,
);

function example(name: string): string {
  return bodyOf(readText(`examples/javascript/${name}.js`));
}

describe("the documentation of the library of scripts in JavaScript", () => {
  it("has an example of two calls that works as it is written", async () => {
    const answer = ([, url]: Asked): Answer => ({
      status: 200,
      content: String(url).endsWith("/user") ? '{"name":"Ada"}' : "[1,2]",
    });
    using engine = await PreludeEngine.start({ args: ["http://x"], answer });
    assert.deepEqual(engine.run(bodyOf(SNIPPETS[0] ?? "")), { ok: true });
    assert.equal(engine.host.output, "200 Ada 2\n");
  });

  it("has an example of a mistake that works as it is written", async () => {
    const answer = (): Answer => ({ throws: "Bad timeout value", code: "BAD_OPTION", option: "timeout" });
    using engine = await PreludeEngine.start({ answer });
    engine.run(bodyOf(SNIPPETS[1] ?? ""));
    assert.equal(engine.host.output, "Bad timeout value (BAD_OPTION, timeout)\n");
  });

  it("has an example of another fetch that works as it is written", async () => {
    const answer = (): Answer => ({ status: 200, content: "hello", headers: ["Content-Type", "text/plain"] });
    using engine = await PreludeEngine.start({ answer });
    assert.deepEqual(engine.run(bodyOf(SNIPPETS[2] ?? "")), [200, "text/plain", "hello"]);
    assert.equal(SNIPPETS.length, 3);
  });
});

/** The globals that are no part of the language of this Node, and the own members of those that are objects. */
const FIND_GLOBALS = `
  const found = Object.getOwnPropertyNames(globalThis).filter((name) => !language.includes(name) && !/^__|^(?:guest|end)$/.test(name));
  const members = [console, performance, ...[crypto, crypto.subtle].map(Object.getPrototypeOf)];
  return [...found, ...members.flatMap((one) => Object.getOwnPropertyNames(one)).filter((name) => name !== "constructor")];
`;

describe("the list of globals of scripts in JavaScript", () => {
  it("has all globals of the engine, and the members of those that are objects", async () => {
    using engine = await PreludeEngine.start();
    const language: string[] = runInNewContext("Object.getOwnPropertyNames(globalThis)");
    const names = engine.run(
      `const language = ${JSON.stringify(language.filter((name) => name !== "console"))}; ${FIND_GLOBALS}`,
    ) as string[];
    const pages = ["docs/javascript-library.md", "docs/javascript.md"].map(readText).join("\n");
    assert.ok(names.includes("structuredClone") && names.includes("randomUUID"));
    const words = new Set(
      [...pages.matchAll(/`([^`\n]+)`/g)].flatMap(([, code = ""]) => code.match(/\w+/g) ?? []),
    );
    assert.deepEqual(
      names.filter((name) => !words.has(name)),
      [],
    );
  });

  it("names nothing as missing that is there", async () => {
    using engine = await PreludeEngine.start();
    const [, table = ""] = /is not there:\n\n(.*?)\n\n/s.exec(readText("docs/javascript-library.md")) ?? [];
    const rows = table
      .split("\n")
      .slice(2)
      .map((row) => row.split("|")[1] ?? "");
    const missing = [...rows.join().matchAll(/`(\w+)`/g)].map(([, name = ""]) => name);
    assert.ok(missing.length > 20);
    const lost = ["Intl", "Atomics", "WebAssembly", "Temporal", ...missing];
    assert.deepEqual(engine.run(`return ${JSON.stringify(lost)}.filter((name) => name in globalThis)`), []);
  });
});

describe("the examples of scripts in JavaScript", () => {
  it("deliver a signed webhook, after pauses that become longer", async () => {
    const answers: Answer[] = [
      { status: 503 },
      { error: "Couldn't connect to server", code: "COULDNT_CONNECT" },
      { status: 204 },
    ];
    using engine = await PreludeEngine.start({
      args: ["http://x/", "secret"],
      answer: (_, number) => answers[number],
    });
    const began = engine.host.time;
    assert.equal(engine.run(example("webhook")), 3);
    assert.equal(engine.host.time - began, 1500);
    assert.equal(
      engine.host.output,
      "attempt 1: status 503\nattempt 2: Couldn't connect to server\ndelivered with attempt 3\n",
    );
    const [, , options, post] = engine.host.asked[0] ?? [];
    const signature = createHmac("sha256", "secret").update(String(post)).digest("hex");
    const { headers } = options as { headers: readonly string[] };
    assert.equal(headers[1], `X-Signature: sha256=${signature}`);
    assert.deepEqual(engine.host.asked[2], engine.host.asked[0]);
  });

  it("do not try again what was denied", async () => {
    const answer = (): Answer => ({ error: "Request denied by policy", code: "DENIED" });
    using engine = await PreludeEngine.start({ args: ["http://x/", "secret"], answer });
    assert.equal(engine.run(example("webhook")), 0);
    assert.equal(engine.host.asked.length, 1);
  });

  it("upload a mail that never enters the script", async () => {
    const answer = (): Answer => ({
      status: 200,
      content: '{"id":1}',
      headers: ["content-type", "application/json"],
    });
    using engine = await PreludeEngine.start({ args: ["http://x/"], files: { mail: "From: alice" }, answer });
    assert.deepEqual(engine.run(example("mail")), { id: 1 });
    assert.equal(engine.host.output, "uploaded 11 bytes: 200\n");
    // Only the answer was read.
    assert.equal(engine.host.reads, 1);
  });

  it("make twenty requests, never more than five at a time", async () => {
    let most = 0;
    using engine = await PreludeEngine.start({
      args: ["http://x"],
      answer: ([, url], number) => {
        most = Math.max(most, number + 1 - engine.host.answered);
        if (String(url).endsWith("/7")) return { error: "Timeout was reached", code: "OPERATION_TIMEDOUT" };
        return { status: String(url).endsWith("/9") ? 404 : 200, content: "ten bytes." };
      },
    });
    assert.deepEqual(engine.run(example("many")), { answered: 19, bytes: 180 });
    assert.equal(engine.host.output, "18 × status 200\n1 × OPERATION_TIMEDOUT\n1 × status 404\n");
    assert.equal(most, 5);
  });
});
