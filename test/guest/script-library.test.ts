import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { ExtData } from "@msgpack/msgpack";
import { compileScript, RUNTIMES } from "../support/compile-script.ts";
import { Aborted, type Answer, type RunOptions, ScriptRun } from "../support/script-host.ts";

const IMPORTS = `import {
  args, ClientCertificate, Content, echo, Field, File, Form, http_background, Options, PrivateKey, Reply, X509,
} from "http-background/assembly";\n`;

const CERTIFICATE = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
const KEY = "-----BEGIN PRIVATE KEY-----\nBBBB\n-----END PRIVATE KEY-----\n";

const ABSENT = new ExtData(0, new Uint8Array());
const OTHER = new ExtData(5, new Uint8Array());

/** An extension with a handle, and a size if there is one. */
function handle(type: number, number: number, size?: number): ExtData {
  const payload = new DataView(new ArrayBuffer(size === undefined ? 4 : 12));
  payload.setUint32(0, number, true);
  if (size !== undefined) payload.setFloat64(4, size, true);
  return new ExtData(type, new Uint8Array(payload.buffer));
}

const FILE = handle(1, 7, 5);
const X509 = handle(2, 8);
const PRIVATE_KEY = handle(3, 9);

const GRANTED: RunOptions = {
  granted: { "1:mail": 7, "2:client": 8, "3:client": 9 },
  files: { 7: Buffer.from("Hello") },
};

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "latin1"));
const long = (length: number): string => "x".repeat(length);

/** Options of a call as an object literal in the script, and as the host gets them. */
const OPTIONS: [literal: string, expected: object][] = [
  ["{}", {}],
  ["{ tls_verify_peer: true, tls_verify_host: true }", {}],
  ["{ tls_verify_peer: false }", { tls_verify_peer: false }],
  ["{ tls_verify_host: false }", { tls_verify_host: false }],
  [
    '{ tls_client_cert: { x509: X509.named("client"), privatekey: PrivateKey.named("client") } }',
    { tls_client_cert: { x509: X509, privatekey: PRIVATE_KEY } },
  ],
  [
    `{ tls_client_cert: { x509: X509.fromPem(${JSON.stringify(CERTIFICATE)}), privatekey:
      PrivateKey.fromPem(${JSON.stringify(KEY)}), chain: [X509.named("client"), X509.fromPem("c")] } }`,
    { tls_client_cert: { x509: CERTIFICATE, privatekey: KEY, chain: [X509, "c"] } },
  ],
  [
    `{ tls_client_cert: { x509: X509.fromBytes(Uint8Array.wrap(String.UTF8.encode("c"))), privatekey:
      PrivateKey.fromBytes(Uint8Array.wrap(String.UTF8.encode("k"))), chain: [] } }`,
    { tls_client_cert: { x509: "c", privatekey: "k", chain: [] } },
  ],
  ["{ timeout: 5 }", { timeout: 5 }],
  ["{ timeout: 2.5 }", { timeout: 2.5 }],
  ["{ timeout: -1 }", { timeout: -1 }],
  ["{ timeout: 0 }", {}],
  ["{ connect_timeout: 300 }", { connect_timeout: 300 }],
  ["{ max_file_size: 5000000000 }", { max_file_size: 5_000_000_000 }],
  ['{ encoder: "base64" }', { encoder: "base64" }],
  ['{ proxy: "socks5://127.0.0.1:1080" }', { proxy: "socks5://127.0.0.1:1080" }],
  ['{ method: "PUT" }', { method: "PUT" }],
  ['{ method: "" }', { method: "" }],
  ['{ sourceip: "127.0.0.1" }', { sourceip: "127.0.0.1" }],
  ['{ username: "jördis", password: "" }', { username: "jördis", password: "" }],
  ['{ http_version: "1.1" }', { http_version: "1.1" }],
  ['{ aws_sigv4: "aws:amz:eu-1:s3" }', { aws_sigv4: "aws:amz:eu-1:s3" }],
  ["{ redirects: -1 }", { redirects: -1 }],
  ["{ headers: [] }", { headers: [] }],
  ['{ headers: ["X-Token: 1", "Accept:"] }', { headers: ["X-Token: 1", "Accept:"] }],
  [`{ headers: ["${long(31)}", "${long(32)}"] }`, { headers: [long(31), long(32)] }],
  [`{ headers: ["${long(255)}", "${long(256)}"] }`, { headers: [long(255), long(256)] }],
  [
    `{ headers: [${Array.from({ length: 20 }, (_, i) => `"H: ${i}"`)}] }`,
    { headers: Array.from({ length: 20 }, (_, i) => `H: ${i}`) },
  ],
];

/** A post as an expression in the script, and as the host gets it. */
const POSTS: [expression: string, expected: unknown][] = [
  ['"a=b"', "a=b"],
  ['""', ""],
  ['"€ 😀 \\ud800."', "€ 😀 \ufffd."],
  [`"${long(4096)}"`, long(4096)],
  [`"${long(4097)}"`, bytes(long(4097))],
  [`"${long(70_000)}"`, bytes(long(70_000))],
  ['"€ 😀 \\ud800.".repeat(1000)', new Uint8Array(Buffer.from("€ 😀 \ufffd.".repeat(1000)))],
  ["new Uint8Array(3)", bytes("\0\0\0")],
  ["new Uint8Array(300)", bytes("\0".repeat(300))],
  ["new Uint8Array(4096)", bytes("\0".repeat(4096))],
  ["new Uint8Array(4097)", bytes("\0".repeat(4097))],
  ["new Uint8Array(9000).fill(1).subarray(1000, 8000)", bytes("\x01".repeat(7000))],
  ["new StaticArray<u8>(5000)", bytes("\0".repeat(5000))],
  ["new Array<u8>(5000)", bytes("\0".repeat(5000))],
  ["new ArrayBuffer(5000)", bytes("\0".repeat(5000))],
  ['Uint8Array.wrap(String.UTF8.encode("abcdef")).subarray(2, 4)', bytes("cd")],
  ["StaticArray.fromArray<u8>([0, 255])", bytes("\0\xff")],
  ["<u8[]>[1, 128]", bytes("\x01\x80")],
  ['String.UTF8.encode("é")', bytes("\xc3\xa9")],
  ['File.named("mail")', FILE],
  ['File.fromText("é")', new ExtData(6, bytes("\xc3\xa9"))],
  ["File.fromBytes(new Uint8Array(300))", new ExtData(6, bytes("\0".repeat(300)))],
  ["File.fromBytes(new Uint8Array(5000))", new ExtData(6, bytes("\0".repeat(5000)))],
  [
    `new Form().add("a", { data: "${long(5000)}" }).add("b", { data: File.fromText("${long(6000)}") })`,
    { a: { data: bytes(long(5000)) }, b: { data: new ExtData(6, bytes(long(6000))) } },
  ],
  ['new Form().add("a", { data: File.fromText("x") })', { a: { data: new ExtData(6, bytes("x")) } }],
  ["new Form()", {}],
  ['new Form().add("field1", { data: "test" })', { field1: { data: "test" } }],
  [
    `new Form()
       .add("mail", { data: File.named("mail"), type: "message/rfc822", filename: "ä.eml", encoder: "base64" })
       .add("raw", { data: new Uint8Array(1) }).add("empty", { data: "", type: "", filename: "", encoder: "" })`,
    {
      mail: { data: FILE, type: "message/rfc822", filename: "ä.eml", encoder: "base64" },
      raw: { data: bytes("\0") },
      empty: { data: "", type: "", filename: "", encoder: "" },
    },
  ],
  ["new Map<string, string>()", OTHER],
  ["new Uint16Array(2)", OTHER],
  ['new Form().add("a", { data: new Form() })', { a: { data: OTHER } }],
];

const calls = [
  { title: "an id and a URL", body: 'http_background("default", "http://a/")', expected: [] },
  { title: "null for both", body: 'http_background("default", "http://a/", null, null)', expected: [] },
  ...OPTIONS.map(([literal, options]) => ({
    title: `the options ${abridge(literal)}`,
    body: `http_background("default", "http://a/", ${literal})`,
    expected: [options],
  })),
  ...POSTS.map(([expression, post]) => ({
    title: `the post ${abridge(expression)}`,
    body: `http_background("default", "http://a/", null, ${expression})`,
    expected: [ABSENT, post],
  })),
  {
    title: "options and a post",
    body: 'http_background("default", "http://a/", { timeout: 1 }, "a")',
    expected: [{ timeout: 1 }, "a"],
  },
];

const SCRIPT = `${IMPORTS}
import * as library from "http-background/assembly";
import { http_background as hook, File as Upload } from "http-background/assembly";

${calls.map(({ body }, i) => `export function call${i}(): void { ${body}; }`).join("\n")}

export function example(): void {
  const reply = http_background("default", "https://example.com/hook", { timeout: 5, headers: ["X-Token: 1"] }, "a=b");
  echo(reply.failed ? \`failed: \${reply.error}\` : \`\${reply.status}: \${reply.content}\`);
}

export function describe(): void {
  const reply = http_background("default", "http://a/");
  echo(reply.failed);
  echo(reply.status);
  echo(reply.error);
  echo(reply.code);
  echo(reply.content.length);
  echo(reply.text);
}

export function holds(): void {
  const read = http_background("default", "http://a/");
  const released = http_background("default", "http://a/");
  const unread = http_background("default", "http://a/");
  const content = read.content;
  released.release();
  released.release();
  read.release();
  echo(read.content === content);
  echo(released.content.length);
  echo(unread.status);
}

export function bytesOfContent(): void {
  const content = http_background("default", "http://a/").content;
  const bytes: Uint8Array = content;
  let sum = 0;
  for (let i = 0; i < bytes.length; i++) sum += bytes[i];
  echo(sum);
  echo(content);
  http_background("default", "http://a/", null, content);
}

export function echoes(): void {
  echo("text");
  echo("");
  echo("€ 😀");
  echo(5);
  echo(-1.5);
  echo(true);
  echo(args());
  const none: string | null = null;
  echo(none);
}

export function listsArguments(): void {
  const all = args();
  for (let i = 0; i < all.length; i++) echo(all[i]);
  echo(all.length);
}

export function readsFile(): void {
  echo(File.has("mail"));
  echo(File.has("other"));
  echo(X509.has("client"));
  echo(PrivateKey.has("mail"));
  const file = File.named("mail");
  echo(file.size);
  echo(file.read(1, 3));
  echo(file.read(3, 100));
  echo(file.read(5, 1).length);
}

export function mistaken(): void {
  http_background("nowhere", "http://a/");
}

export function mistakenInAList(): void {
  const urls = ["http://a/", "http://b/"];
  urls.map<i32>((url) =>
    hook("nowhere", url, { timeout: 1 },
      library.http_background("default", "http://a/").content).status);
}

export function mistakenThroughTheNamespace(): void {
  echo("first"); library.http_background("nowhere", "http://a/", {});
}

export function missesFile(): void {
  Upload.named("other");
}

export function missesCertificate(): void {
  http_background("default", "http://a/", {
    tls_client_cert: { x509: library.X509.named("other"), privatekey: PrivateKey.fromPem("") },
  });
}

export function missesKey(): void {
  PrivateKey.named("other");
}

/** The pages by which memory grows from the hundredth call to the thousandth. */
export function loops(): void {
  let first = 0;
  for (let i = 0; i < 1000; i++) {
    const form = new Form().add("a", { data: "b" });
    http_background("default", \`http://a/\${i}\`, { timeout: 1, headers: ["A: b"] }, form).text;
    args();
    if (i % 10 === 0) __collect();
    if (i === 100) first = memory.size();
  }
  echo(memory.size() - first);
}

class Kept { constructor(public text: string, public next: Kept | null) {} }

let kept: Kept | null = null;

/** Ten calls, with objects alive over each, garbage between them, and collections wherever there may be one. */
export function churns(): void {
  const own = args()[0];
  let list: Kept | null = null;
  for (let i = 0; i < 10; i++) {
    list = new Kept(\`\${own}-\${i}\`, list);
    kept = new Kept(list.text, kept);
    const reply = http_background("default", \`http://\${own}/\${i}\`, { headers: ["X: " + own] }, new Form().add(own, { data: own }));
    for (let j = 0; j < 5; j++) new Uint8Array(64 + j).fill(0xa5);
    if (ASC_RUNTIME === 2) __collect();
    if (\`\${reply.content}\` != \`\${own}/\${i}\`) abort("the content of another");
    if (reply.text != reply.content.toString()) abort("the text is not the content");
  }
  let count = 0;
  for (let i = 9; i >= 0; i--) {
    if (list === null || list.text != \`\${own}-\${i}\`) abort("the list was collected");
    if (kept === null || kept!.text != list!.text) abort("the global was collected");
    list = list!.next;
    kept = kept!.next;
    count++;
  }
  echo(\`\${own}: \${count}\`);
}
`;

for (const runtime of RUNTIMES) {
  describe(`script library, runtime ${runtime}`, () => {
    let module: WebAssembly.Module;
    before(async () => {
      module = await WebAssembly.compile(await compileScript(SCRIPT, { runtime }));
    });

    for (const [i, { title, expected }] of calls.entries()) {
      it(`sends ${title}`, async () => {
        const run = new ScriptRun(module, GRANTED);
        await run.call(`call${i}`);
        assert.deepEqual(run.asked, [["default", "http://a/", ...expected]]);
      });
    }

    it("runs the example of the documentation", async () => {
      const fine = new ScriptRun(module, { answer: () => ({ status: 200, content: "föö" }) });
      assert.equal(await fine.call("example"), "200: föö\n");
      assert.deepEqual(fine.asked, [
        ["default", "https://example.com/hook", { timeout: 5, headers: ["X-Token: 1"] }, "a=b"],
      ]);
      const error = "Timeout was reached";
      const failing = new ScriptRun(module, { answer: () => ({ error, code: "OPERATION_TIMEDOUT" }) });
      assert.equal(await failing.call("example"), "failed: Timeout was reached\n");
    });

    it("gives a reply of each kind", async () => {
      const described = (answer: Answer): Promise<string> =>
        new ScriptRun(module, { answer: () => answer }).call("describe");
      assert.equal(await described({ status: 204, content: "" }), "false\n204\n\n\n0\n\n");
      assert.equal(await described({ status: 404, content: "gone é" }), "false\n404\n\n\n7\ngone é\n");
      const error = "Couldn't connect to server";
      const failed = await described({ error, code: "COULDNT_CONNECT" });
      assert.equal(failed, `true\n0\n${error}\nCOULDNT_CONNECT\n0\n\n`);
    });

    it("reads what is no UTF-8 as TextDecoder does, in replies and arguments", async () => {
      const bytes = Buffer.from('caf\xe9","x" \xc0\xaf \xed\xa0\xbd \xf0\x9f\x98', "latin1");
      const text = new TextDecoder().decode(bytes);
      const run = new ScriptRun(module, { answer: () => ({ status: 200, content: bytes }) });
      assert.equal(await run.call("describe"), `false\n200\n\n\n${bytes.length}\n${text}\n`);
      assert.equal(await new ScriptRun(module, { args: [bytes] }).call("listsArguments"), `${text}\n1\n`);
    });

    it("reads content only when it is asked for, and lets go of it", async () => {
      const run = new ScriptRun(module, { answer: () => ({ status: 200, content: "content" }) });
      assert.equal(await run.call("holds"), "true\n0\n200\n");
      assert.equal(run.bytesRead, 7);
      assert.deepEqual([...run.contents.values()].map(String), ["content"]);
    });

    it("gives content as bytes, and posts them again", async () => {
      const content = Buffer.alloc(100_000, "\x01\xff", "latin1");
      const run = new ScriptRun(module, { answer: () => ({ status: 200, content }) });
      assert.match(await run.call("bytesOfContent"), /^12800000\n/);
      assert.deepEqual((run.asked[1] as unknown[])[3], new Uint8Array(content));
    });

    it("echoes a line for any value", async () => {
      const output = await new ScriptRun(module, { args: ["a", "b"] }).call("echoes");
      assert.equal(output, "text\n\n€ 😀\n5\n-1.5\ntrue\na,b\nnull\n");
    });

    it("gives the arguments of the run, of strings and of bytes", async () => {
      const args = ["", "é😀", Buffer.from("bytes"), long(40)];
      assert.equal(
        await new ScriptRun(module, { args }).call("listsArguments"),
        `\né😀\nbytes\n${long(40)}\n4\n`,
      );
    });

    it("reads a File that was granted", async () => {
      const output = await new ScriptRun(module, GRANTED).call("readsFile");
      assert.equal(output, "true\nfalse\ntrue\nfalse\n5\nell\nlo\n0\n");
    });

    for (const [entry, message, ...place] of [
      ["mistaken", "Missing ID in configuration", 'http_background("nowhere"'],
      ["mistakenInAList", "Missing ID in configuration", 'hook("nowhere"'],
      ["mistakenThroughTheNamespace", "Missing ID in configuration", 'library.http_background("nowhere"'],
      ["missesFile", 'no File was granted under the name "other"', "Upload.named"],
      ["missesCertificate", 'no X509 was granted under the name "other"', "library.X509.named"],
      ["missesKey", 'no PrivateKey was granted under the name "other"', 'PrivateKey.named("other"'],
    ] as const) {
      it(`aborts at the line of the script (${entry})`, async () => {
        const mistake: Answer = { throws: "Missing ID in configuration", code: "UNKNOWN_THREAD", option: "" };
        const answer = (args: unknown): Answer =>
          (args as unknown[])[0] === "nowhere" ? mistake : { status: 200, content: "" };
        const call = new ScriptRun(module, { answer }).call(entry);
        const aborted = (await call.then(
          () => assert.fail(),
          (error) => error,
        )) as Aborted;
        assert.ok(aborted instanceof Aborted, String(aborted));
        assert.deepEqual([aborted.message, aborted.file], [message, "hook.ts"]);
        assert.deepEqual([aborted.line, aborted.column], placeOf(place[0], entry));
      });
    }

    if (runtime === "incremental") {
      it("gives back all the memory of a call", async () => {
        assert.equal(await new ScriptRun(module, { args: ["a"] }).call("loops"), "0\n");
      });
    }

    it("keeps 500 suspended runs apart, whose memory is collected while others wait", async () => {
      const waiting: (() => void)[] = [];
      const runs = Array.from({ length: 500 }, (_, i) =>
        new ScriptRun(module, {
          args: [`run${i}`],
          answer: async (args) => {
            await new Promise<void>((resolve) => waiting.push(resolve));
            return { status: 200, content: String((args as string[])[1]).slice("http://".length) };
          },
        }).call("churns"),
      );
      const outputs = Promise.all(runs);
      for (let left = 10; left > 0; left--) {
        for (const resume of takeShuffled(waiting)) resume();
        await new Promise(setImmediate);
      }
      assert.deepEqual(
        await outputs,
        runs.map((_, i) => `run${i}: 10\n`),
      );
    });
  });
}

/** Line and column of a piece of the script's text, within the function `entry`. */
function placeOf(text: string, entry: string): [number, number] {
  const at = SCRIPT.indexOf(text, SCRIPT.indexOf(`function ${entry}(`));
  const before = SCRIPT.slice(0, at).split("\n");
  return [before.length, (before.at(-1) ?? "").length + 1];
}

function takeShuffled<T>(list: T[]): T[] {
  const taken = list.splice(0).map((item, i) => ({ item, key: (i * 7919) % 499 }));
  return taken.sort((a, b) => a.key - b.key).map(({ item }) => item);
}

function abridge(text: string): string {
  const line = text.replace(/\s+/g, " ");
  return line.length > 90 ? `${line.slice(0, 90)}…` : line;
}
