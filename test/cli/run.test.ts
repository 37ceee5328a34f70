import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { GateServer } from "../support/gate-server.ts";
import { NO_SIGNALS } from "../support/platform.ts";
import { outcomeOf, runCli, startCli } from "../support/run-cli.ts";
import { type ScriptedServer, startScriptedServer } from "../support/scripted-server.ts";

const SOURCE = `
import { args, echo, File, http_background } from "http-background/assembly";
export function main(): i32 {
  const given = args();
  echo("for " + given[0]);
  const reply = http_background("default", given[1], { timeout: 5 }, File.named("mail"));
  echo(reply.failed ? reply.error : \`\${reply.status}: \${reply.content}\`);
  return 7;
}
export function fails(): void {
  echo("so far");
  throw new Error("no further");
}
export function divides(): i32 {
  return 7 / (args().length - 0);
}
export function reads(): void {
  const file = File.named("mail");
  echo(file.size);
  echo(file.read(0, 14));
}
export function takes(number: i32): void {}
`;

const NOISY = `
import { echo } from "http-background/assembly";
export function main(): void { echo("\\x1b]0;owned\\x07\\r\\ta\\u009bb"); }
`;

/** Makes a process believe that its output is a terminal. */
const TERMINAL = "process.stdout.isTTY = process.stderr.isTTY = true";

describe("http-background run", () => {
  let folder: string;
  let server: ScriptedServer;
  let script: string;
  let built: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "http-background-run-"));
    script = join(folder, "script.ts");
    built = join(folder, "script.wasm");
    await writeFile(script, SOURCE);
    await writeFile(join(folder, "mail.eml"), "Subject: x\r\n\r\n");
    server = await startScriptedServer();
    const { code, stderr } = await runCli(["build", script, "-o", built]);
    assert.deepEqual([code, stderr.toString()], [0, ""]);
  });
  after(async () => {
    await server.close();
    await rm(folder, { recursive: true });
  });

  const run = async (file: string, ...args: string[]) => {
    const { code, stdout, stderr } = await runCli(["run", file, ...args]);
    return { code, stdout: stdout.toString(), stderr: stderr.toString() };
  };
  const mail = (): string[] => ["--file", `mail=${join(folder, "mail.eml")}`];

  it("runs a script from its source, with arguments and a file", async () => {
    const allow = ["--allow", "http://127.0.0.1:*"];
    const outcome = await run(script, ...allow, ...mail(), "--", "me", server.base);
    assert.deepEqual(outcome, { code: 0, stdout: "for me\n200: ok\n", stderr: "" });
    assert.equal(server.requests.at(-1)?.body.toString(), "Subject: x\r\n\r\n");
  });

  it("runs what build made of it, and denies what is not allowed", async () => {
    const seen = server.requests.length;
    const outcome = await run(built, ...mail(), "me", server.base);
    const { origin } = new URL(server.base);
    const stderr =
      `${built}: denied: ${origin} (default deny); to allow it, add --allow "${origin}"\n` +
      "--learn prints all that the script asks for\n";
    assert.deepEqual(outcome, { code: 0, stdout: "for me\nRequest denied by policy\n", stderr });
    assert.equal(server.requests.length, seen);
  });

  it("names the flags that would allow what was denied", async () => {
    const source = (options: string): string =>
      `import { http_background } from "http-background/guest"; await http_background("default", "http://a.example", ${options});`;
    const denied: [args: string[], line: string][] = [
      [["{}"], 'denied: http://a.example (default deny); to allow it, add --allow "http://a.example"'],
      [
        ["{ proxy: '' }", "--allow", "http://a.example"],
        'denied: http://a.example (option proxy); to allow it, add --open "proxy"',
      ],
      [
        ["{}", "--allow", "http://*", "--block", "a.example"],
        'denied: http://a.example (block a.example); to allow it, remove --block "a.example"',
      ],
    ];
    for (const [[options = "", ...flags], line] of denied) {
      const { stderr } = await run("--eval", source(options), ...flags);
      assert.equal(stderr.split("\n")[0], `--eval: ${line}`);
    }
  });

  it("says of many denials three, and how many more there are", async () => {
    const many = join(folder, "many.js");
    const source = `import { http_background } from "http-background/guest";
      export default () => Promise.all([..."abcdea"].map((name) => http_background("default", "http://" + name)));`;
    await writeFile(many, source);
    const { stderr } = await run(many);
    const lines = stderr.split("\n");
    assert.equal(lines[0], `${many}: denied: http://a (default deny); to allow it, add --allow "http://a"`);
    assert.deepEqual(lines.slice(3), [
      "2 more requests were denied",
      "--learn prints all that the script asks for",
      "",
    ]);
  });

  it("lets a script read its files, unless they are too large for it", async () => {
    const { stdout } = await run(built, "--entry", "reads", ...mail());
    assert.equal(stdout, "14\nSubject: x\r\n\r\n\n");
    const large = join(folder, "large");
    await writeFile(large, "");
    for (const [size, bytes] of [
      [16 * 2 ** 20, 14],
      [16 * 2 ** 20 + 1, 0],
    ] as const) {
      await truncate(large, size);
      const { stdout } = await run(built, "--entry", "reads", "--file", `mail=${large}`);
      assert.equal(stdout, `${size}\n${"\0".repeat(bytes)}\n`);
    }
  });

  it("says no more of a script that does not compile than the compiler does", async () => {
    const broken = join(folder, "broken.ts");
    await writeFile(broken, "export function main(): void { nothing(); }");
    const { stderr } = await run(broken);
    assert.match(stderr, /FAILURE 1 compile error\(s\)\n$/);
  });

  it("says what the run has used, if it is asked for, whether it came to its end or not", async () => {
    const used = (requests: number, sent: number, received: number): RegExp =>
      new RegExp(
        `^the script has used\\n {2}CPU: [0-9]+\\.[0-9] ms\\n {2}memory: [1-9][0-9]* KiB\\n {2}requests: ${requests}\\n` +
          ` {2}waits: ${requests}\\n {2}bytes sent: ${sent}\\n {2}bytes received: ${received}\\n$`,
        "m",
      );
    const well = await run(built, "--usage", "--allow", "http://127.0.0.1:*", ...mail(), "me", server.base);
    assert.match(well.stderr.toString(), used(1, 14, 2));
    const badly = await run(built, "--usage", "--entry", "fails");
    assert.equal(badly.code, 1);
    assert.match(badly.stderr.toString(), used(0, 0, 0));
    const silent = await run(built, "--entry", "reads", ...mail());
    assert.equal(silent.stderr.toString(), "");
  });

  it("learns what a script asks for", async () => {
    const { stderr } = await run(built, "--learn", ...mail(), "me", server.base);
    const rule = { origin: server.base, methods: ["POST"], paths: ["/"] };
    const rules = `or, in a file for --allow-rule,\n[\n  ${JSON.stringify(rule)}\n]\n`;
    assert.equal(stderr, `the script asks for\n  --allow ${server.base}\n${rules}`);
  });

  it("takes rules from files, which allow what was learned", async () => {
    const { stderr } = await run(built, "--learn", ...mail(), "me", server.base);
    const [, rules = ""] = /^(\[\n.*^\])$/ms.exec(stderr) ?? [];
    const file = join(folder, "rules.json");
    await writeFile(file, rules);
    const outcome = await run(built, "--allow-rule", file, ...mail(), "me", server.base);
    assert.deepEqual(outcome, { code: 0, stdout: "for me\n200: ok\n", stderr: "" });
    const secret = join(folder, "secret.yaml");
    await writeFile(secret, `origin: ${server.base}\nmethods: [POST]\nheaders:\n  X-Key: s3cr3t\n`);
    assert.equal((await run(built, "--allow-rule", secret, ...mail(), "me", server.base)).code, 0);
    assert.ok(server.requests.at(-1)?.raw.includes("X-Key: s3cr3t\r\n"));
  });

  it("ends with 1 for a script that fails, after what it had put out", async () => {
    const { code, stdout, stderr } = await run(built, "--entry", "fails");
    assert.deepEqual([code, stdout], [1, "so far\n"]);
    assert.match(stderr, /no further.*\(SCRIPT_ABORTED\)\n$/);
  });

  it("ends with 2 for what cannot be started, saying why", async () => {
    const broken = join(folder, "broken.ts");
    await writeFile(broken, "export function main(): void { nothing(); }");
    const top = join(folder, "top.ts");
    await writeFile(top, 'import { echo } from "http-background/assembly";\necho("too early");');
    const cases: [args: string[], complaint: RegExp][] = [
      [[], /it takes a SCRIPT/],
      [[join(folder, "none.ts")], /none\.ts/],
      [[broken], /Cannot find name 'nothing'/],
      [[built, "--entry", "other"], /exports no function "other" without parameters; it exports main, fails/],
      [[built, "--entry", "takes"], /exports no function "takes" without parameters/],
      [[top], /does not start: the guest called an import out of turn.*exported functions\)/],
      [[folder], /it is a directory/],
      [[join(folder, "mail.eml")], /mail\.eml: it is not WebAssembly, and its name does not end with \.js/],
      [[built, "--file", `mail=${folder}`], /--file: .*it is a directory/],
      [[built, "--file", "mail=/nope"], /--file: \/nope: there is no such file/],
      [[built, "--file", "mail"], /"mail" is not NAME=PATH/],
      [[built, "--timeout", "soon"], /--timeout: "soon" is not a number/],
      [[built, "--allow", "example.com"], /--allow: .*example\.com/],
    ];
    for (const [args, complaint] of cases) {
      const { code, stderr } = await runCli(["run", ...args]);
      assert.equal(code, 2, args.join(" "));
      assert.match(stderr.toString(), complaint);
    }
  });

  it("names the line of a script that was built, by the map beside it", async () => {
    const { stderr } = await run(built, "--entry", "fails");
    assert.match(stderr, /no further at script\.ts:12:3/);
    const { stderr: trapped } = await run(built, "--entry", "divides");
    assert.match(trapped, /divide by zero at script\.ts:15:/);
  });

  it("ends with 2 for what it cannot grant or open", async () => {
    const cases: [args: string[], complaint: RegExp][] = [
      [["--open", "timeout"], /--open: .*"timeout" is not one of these options/],
      [["--key", `k=${built}`], /privateKeys\.k: is no private key in PEM;/],
      [["--x509", `c=${built}`], /x509\.c: is no certificate in PEM;/],
      [["--x509", "c=/nope"], /run: --x509: \/nope: there is no such file;/],
    ];
    for (const [args, complaint] of cases) {
      const { code, stderr } = await run(built, ...args, ...mail(), "me", server.base);
      assert.match(stderr, complaint);
      assert.equal(code, 2);
    }
  });

  it("builds nothing of what does not compile", async () => {
    const broken = join(folder, "broken-too.ts");
    await writeFile(broken, "export function main(): void { nothing(); }");
    const { code, stderr } = await runCli(["build", broken, "-o", join(folder, "x.wasm")]);
    assert.equal(code, 1);
    assert.match(stderr.toString(), /Cannot find name 'nothing'.*broken-too\.ts/s);
  });

  it("does not build over the script, nor where nothing can be written", async () => {
    for (const out of [script, join(folder, "nope", "x.wasm")]) {
      const { code } = await runCli(["build", script, "-o", out]);
      assert.equal(code, 2);
    }
    assert.equal(await readFile(script, "utf8"), SOURCE);
  });

  it("says which source there is not, and builds to files only", async () => {
    const cases: [args: string[], complaint: RegExp][] = [
      [[join(folder, "none.ts"), "-o", join(folder, "x.wasm")], /there is no file ".*none\.ts"/],
      [[folder, "-o", join(folder, "x.wasm")], /there is no file/],
      [[script, "-o", "-"], /-o -: it takes a file/],
    ];
    for (const [args, complaint] of cases) {
      const { code, stderr } = await runCli(["build", ...args]);
      assert.match(stderr, complaint);
      assert.equal(code, 2);
    }
  });

  it("writes no source map beside a device", { skip: !existsSync("/dev/null") }, async () => {
    assert.equal((await runCli(["build", script, "-o", "/dev/null"])).code, 0);
    assert.equal(existsSync("/dev/null.map"), false);
  });

  it("prints output as it comes", async () => {
    const gate = await GateServer.start();
    const child = startCli(["run", built, "--allow", gate.base, ...mail(), "--", "me", gate.base]);
    const [first] = (await once(child.stdout, "data")) as [Buffer];
    assert.equal(first.toString(), "for me\n");
    await gate.holds(1);
    gate.open("content");
    const { code, stdout } = await outcomeOf(child);
    assert.deepEqual([code, stdout.toString()], [0, "200: content\n"]);
    await gate.close();
  });

  it("prints what there was when it is interrupted, and ends as a shell expects", {
    skip: NO_SIGNALS,
  }, async () => {
    const gate = await GateServer.start();
    for (const [signal, exitCode] of [
      ["SIGINT", 130],
      ["SIGTERM", 143],
    ] as const) {
      const child = startCli(["run", built, "--allow", gate.base, ...mail(), "--", "me", gate.base]);
      const ended = outcomeOf(child);
      await gate.holds(1);
      child.kill(signal);
      const { code, stdout, stderr } = await ended;
      assert.deepEqual([code, stdout.toString(), stderr], [exitCode, "for me\n", ""]);
      await gate.holds(0);
    }
    await gate.close();
  });

  it("shows a terminal no commands: of output, of errors, of the compiler's", async () => {
    const noisy = join(folder, "noisy.ts");
    await writeFile(noisy, NOISY);
    const broken = join(folder, "broken-noisily.ts");
    await writeFile(broken, "// \x1b[31m\u009b\nexport function main(): void { /* \x1b[2J */ nothing(); }");
    const terminal = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(TERMINAL)}` };
    const { stdout } = await outcomeOf(startCli(["run", noisy], terminal));
    assert.equal(stdout.toString(), "\\x1b]0;owned\\x07\\x0d\ta\\x9bb\n");
    for (const args of [
      ["run", broken],
      ["build", broken, "-o", join(folder, "x.wasm")],
      ["run", noisy, "--entry", "\x1b[2J"],
    ]) {
      const { stderr } = await outcomeOf(startCli(args, terminal));
      assert.match(stderr, /\\x1b\[2J/);
      assert.doesNotMatch(stderr, /(?![\n\t])\p{Cc}/u);
    }
    const piped = await runCli(["run", noisy]);
    assert.equal(piped.stdout.toString(), "\x1b]0;owned\x07\r\ta\u009bb\n");
  });

  it("takes a script whose name looks like an option", async () => {
    await writeFile(join(folder, "--config=conf.ts"), "export function main(): void {}");
    await writeFile(join(folder, "conf.ts"), '{"options":{"transform":["./evil.mjs"]}}');
    const cwd = folder;
    for (const name of ["./--config=conf.ts", join(folder, "--config=conf.ts")]) {
      assert.deepEqual(await outcomeOf(startCli(["run", name], {}, cwd)), {
        code: 0,
        stdout: Buffer.alloc(0),
        stderr: "",
      });
    }
    const out = "--config=x#y.wasm";
    const { code, stderr } = await outcomeOf(startCli(["build", "--", "--config=conf.ts"], {}, cwd));
    assert.deepEqual([code, /it takes a SCRIPT/.test(stderr)], [2, true]);
    const built = await outcomeOf(startCli(["build", `--out=${out}`, "--", "--config=conf.ts"], {}, cwd));
    assert.deepEqual([built.code, built.stderr], [0, ""]);
    assert.ok((await readFile(join(folder, out))).includes("./--config%3Dx%23y.wasm.map"));
  });

  it("runs JavaScript from a file, from standard input, and from the command line", async () => {
    const path = join(folder, "hook.js");
    const code =
      'import { args, echo } from "http-background/guest"; export default () => echo(args().join());';
    await writeFile(path, code);
    const given = [
      await runCli(["run", path, "a", "b"]),
      await runCli(["run", "-", "a", "b"], code),
      await runCli(["run", "--eval", code, "a", "b"]),
      await runCli(["run", "-e", code.replace(/export default .*/, "echo(args().join());"), "a", "b"]),
    ];
    for (const { code: status, stdout, stderr } of given)
      assert.deepEqual([status, stdout.toString(), stderr], [0, "a,b\n", ""]);
  });

  it("says what is wrong with JavaScript, and where", async () => {
    const thrown = await runCli(["run", "-e", "export default () => { throw new Error('no further') }"]);
    assert.equal(thrown.code, 1);
    assert.match(thrown.stderr, /^--eval: Error: no further at script\.js:1:\d+ \(SCRIPT_ABORTED\)\n$/);
    // What the top level does is done when the script is loaded, if nothing of it depends on the run.
    for (const [source, failure] of [
      ["null.x", /^--eval: TypeError: .* \(SCRIPT_ABORTED\)\n$/],
      ["for (;;);", /^--eval: .* \(COMPUTE_LIMIT\)\n$/],
    ] as const) {
      const early = await runCli(["run", "-e", source]);
      assert.match(early.stderr, failure);
      assert.equal(early.code, 1);
    }
    const foreign = await runCli(["run", "-e", "import 'node:fs'"]);
    assert.match(foreign.stderr, /"node:fs" cannot be imported/);
    assert.equal(foreign.code, 2);
    const nothing = await runCli(["run", "-"], "export default 5");
    assert.match(
      nothing.stderr,
      /no function "default"; it exports nothing .*; write "export default function/,
    );
    const wrong = await runCli(["run", "-"], "let = ;");
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /standard input: SyntaxError: .* at script\.js:1:5/);
    const noEntry = await runCli(["run", "-", "--entry", "nothing"], "export const run = () => {}");
    assert.match(noEntry.stderr, /standard input exports no function "nothing"; it exports default, run/);
    const option = await runCli(["run", "hook.js", "--package", "x"]);
    assert.match(option.stderr, /--package is for scripts in AssemblyScript/);
  });

  it("imports the packages that it is told of", async () => {
    await mkdir(join(folder, "node_modules", "numbers"), { recursive: true });
    await writeFile(join(folder, "node_modules", "numbers", "index.ts"), "export const x: i32 = 7;");
    const path = join(folder, "packages.ts");
    await writeFile(path, 'import { x } from "numbers"; export function main(): i32 { return x; }');
    const { code, stderr } = await runCli(["run", path]);
    assert.deepEqual([code, /"numbers" is none of the packages/.test(stderr)], [2, true]);
    assert.equal((await runCli(["run", path, "--package", "numbers"])).code, 0);
    assert.equal((await runCli(["build", path, "-o", `${path}.wasm`, "--package", "numbers"])).code, 0);
    assert.equal((await runCli(["build", path, "-o", `${path}.wasm`, "--package", ".."])).code, 2);
  });
});
