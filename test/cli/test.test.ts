import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { Mistake } from "../../host/cli/command.ts";
import { readTests } from "../../host/cli/script-tests.ts";
import { runCli } from "../support/run-cli.ts";

/** Greets each argument, and pauses for an hour between two of them. */
const SCRIPT = `
  import { args, echo, http_background } from "http-background/guest";
  export default async function main() {
    for (const name of args()) {
      const reply = await http_background("default", "https://api.example.com/greet", { timeout: 5 }, String(name));
      echo(reply.error !== undefined ? reply.code : String(reply.content));
      await new Promise((resolve) => setTimeout(resolve, 5000));
    }
    return args().length;
  }`;

const TESTS = `
tests:
  - name: greets
    args: [Ada, Bob]
    when:
      - { method: POST, url: /greet, body: Ada, reply: { status: 200, content: hello Ada } }
      - { url: /greet, body: Bob, fail: COULDNT_CONNECT }
    expect: { output: "hello Ada\\nCOULDNT_CONNECT\\n", result: 2, requests: 2 }
  - name: gives up
    args: [Ada]
    when: [{ url: /greet, never: true }]
    expect: { output: "OPERATION_TIMEDOUT\\n" }
  - name: has a time limit
    args: [Ada]
    timeout: 3
    when: [{ url: /greet, reply: hello, delay: 4000 }]
    expect: { code: TIME_LIMIT }
  - name: fails
    args: [Ada]
    when: [{ url: /greet, reply: [hello] }]
    expect: { output: "bye\\n", result: 1 }
  - name: asks for something else
    args: [Ada]
    when: [{ url: /other, reply: 204 }]
`;

describe("http-background test", { timeout: 120_000 }, () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "http-background-test-"));
    await mkdir(join(folder, "hooks"));
    await writeFile(join(folder, "hooks", "greet.js"), SCRIPT);
    await writeFile(join(folder, "hooks", "greet.test.yaml"), TESTS);
  });
  after(() => rm(folder, { recursive: true }));

  it("runs the tests of a folder, waits for nothing, and says what is wrong", async () => {
    const { code, stdout, stderr } = await runCli(["test", folder]);
    const path = join(folder, "hooks", "greet.test.yaml");
    assert.deepEqual(stdout.toString().split("\n"), [
      `ok     ${path}: greets`,
      `ok     ${path}: gives up`,
      `ok     ${path}: has a time limit`,
      `not ok ${path}: fails`,
      "    output: wanted 'bye\\n', came 'hello\\n'",
      `not ok ${path}: asks for something else`,
      "    no fake answers POST https://api.example.com/greet",
      "      the nearest of 1 is /other",
      '        path: wanted "/other", came "/greet"',
      "3 passed, 2 failed",
      "",
    ]);
    assert.deepEqual([code, stderr], [1, ""]);
  });

  it("passes with 0, and runs what is chosen", async () => {
    const { code, stdout } = await runCli([
      "test",
      join(folder, "hooks", "greet.test.yaml"),
      "--only",
      "gives",
    ]);
    assert.match(stdout.toString(), /^ok .*: gives up\n1 passed, 0 failed\n$/);
    assert.equal(code, 0);
  });

  const wrong: readonly (readonly [what: string, text: string, message: RegExp])[] = [
    [
      "a key",
      "script: hooks/greet.js\ntests: [{ nam: x }]",
      /tests\[0\]\.nam: there is no such key; .*did you mean name\?/,
    ],
    ["a type", "script: hooks/greet.js\ntests: [{ args: x }]", /tests\[0\]\.args: must be a list/],
    ["no tests", "script: hooks/greet.js", /tests: must be a list of tests/],
    ["no script", "tests: [{}]", /script: is missing, and there is no script of the same name/],
    ["no object", "[]", /must be an object with script, tests/],
  ];
  for (const [what, text, message] of wrong) {
    it(`says what is wrong in a file: ${what}`, async () => {
      const path = join(folder, "wrong.test.yaml");
      await writeFile(path, text);
      await assert.rejects(
        readTests(path),
        (error) => error instanceof Mistake && message.test(error.message),
      );
      await rm(path);
    });
  }

  it("is told of a folder without tests, and below node_modules there are none", async () => {
    const empty = await mkdtemp(join(tmpdir(), "http-background-test-empty-"));
    try {
      await mkdir(join(empty, "node_modules"));
      await writeFile(join(empty, "node_modules", "greet.test.yaml"), TESTS);
      const { code, stdout, stderr } = await runCli(["test", empty]);
      assert.deepEqual([code, stdout.toString()], [2, ""]);
      assert.match(stderr, /there is no file \*\.test\.yaml or \*\.test\.json in it/);
    } finally {
      await rm(empty, { recursive: true });
    }
  });

  it("ends tests of scripts that never end, and goes on with the next", async () => {
    const own = await mkdtemp(join(tmpdir(), "http-background-test-hanging-"));
    try {
      const scripts = {
        loops: "export default () => { for (;;); }",
        waits: "export default () => new Promise(() => {})",
        sleeps: "export default () => new Promise((resolve) => setTimeout(resolve, 1e9))",
        works: "export default () => 1",
      };
      for (const [name, source] of Object.entries(scripts)) {
        await writeFile(join(own, `${name}.js`), source);
        await writeFile(join(own, `${name}.test.json`), JSON.stringify({ tests: [{ name, timeout: 60 }] }));
      }
      const { code, stdout } = await runCli(["test", own]);
      const lines = stdout.toString().split("\n");
      const ends = lines
        .filter((line) => /^(?:not )?ok/.test(line))
        .map((line) => line.replace(/ +.*: /, " "));
      assert.deepEqual(ends, ["not loops", "not sleeps", "not waits", "ok works"]);
      assert.equal(lines.at(-2), "1 passed, 3 failed");
      assert.equal(code, 1);
    } finally {
      await rm(own, { recursive: true });
    }
  });

  it("says which fake is wrong, and which option of the command", async () => {
    const path = join(folder, "fake.test.json");
    const test = { script: "hooks/greet.js", tests: [{ when: [{ url: "/x", reply: { stats: 1 } }] }] };
    await writeFile(path, JSON.stringify(test));
    const { code, stdout } = await runCli(["test", path]);
    assert.match(stdout.toString(), /reply\.stats: there is no such key; .*did you mean status\?/);
    assert.equal(code, 1);
    for (const args of [
      [],
      [folder, "more"],
      [join(folder, "nothing")],
      [folder, "--only", "nothing at all"],
    ])
      assert.equal((await runCli(["test", ...args])).code, 2, args.join(" "));
  });
});
