import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { HttpBackground } from "../../host/index.ts";
import { HttpBackgroundError } from "../../host/index.ts";
import type { RawRequest } from "./raw-request.ts";
import { type ScriptedServer, type ServerEntry, startScriptedServer } from "./scripted-server.ts";
import { buildArgs, buildServer, type ExpectedRequest, hostOf, type Vector } from "./vectors.ts";

/** Headers that are not compared, because framing and body show what matters of them. */
const NOT_COMPARED = new Set(["expect", "connection", "content-length", "transfer-encoding"]);
/** SigV4 signs the Host header, so its vectors are valid only for one port. */
const SIGNED_PORT = 18_080;

/** Starts a server that follows a script. */
type StartServer = (
  script?: readonly ServerEntry[],
  options?: { port?: number },
) => Promise<Pick<ScriptedServer, "base" | "requests" | "close">>;

/** Runs one vector with two servers of its own, and compares everything that the vector describes. */
export async function runVector(
  plugin: HttpBackground,
  vector: Vector,
  start: StartServer = startScriptedServer,
): Promise<void> {
  const port = vector.name.startsWith("auth/sigv4") ? SIGNED_PORT : 0;
  // The script may name the second server. Ports are known only when the servers listen.
  const second = await start();
  const script: ServerEntry[] = [];
  const first = await start(script, { port });
  const bases = [first.base, second.base] as const;
  script.push(...buildServer(vector.server ?? [], bases));
  try {
    const ended = await call(plugin, buildArgs(vector.args, bases));
    assert.equal(ended.throws, vector.expect.throws);
    compareRequests([...tag(first.requests, 1), ...tag(second.requests, 2)], vector.expect.requests, bases);
    if (vector.expect.result !== undefined) compareResult(ended.result, vector.expect.result);
  } finally {
    await Promise.all([first.close(), second.close()]);
  }
}

interface Ended {
  throws?: string;
  result?: Record<string, unknown>;
}

async function call(plugin: HttpBackground, args: unknown[]): Promise<Ended> {
  try {
    const call = plugin.http_background as (...args: unknown[]) => Promise<object>;
    return { result: { ...(await call.apply(plugin, args)) } };
  } catch (error) {
    if (!(error instanceof HttpBackgroundError)) throw error;
    return { throws: error.message };
  }
}

function compareResult(actual: Ended["result"], expected: Record<string, unknown>): void {
  const { content, code, ...rest } = actual ?? {};
  const { content: wanted, ...others } = expected;
  assert.deepEqual(rest, others);
  // The code is our addition. The original has only a sentence.
  assert.equal(typeof code, "error" in others ? "string" : "undefined");
  if (wanted === undefined) return;
  const bytes =
    typeof wanted === "string" ? Buffer.from(wanted) : Buffer.from((wanted as { $hex: string }).$hex, "hex");
  assert.deepEqual(content, bytes);
}

type Seen = RawRequest & { server: number };

function tag(requests: readonly RawRequest[], server: number): Seen[] {
  return requests.map((request) => ({ ...request, server }));
}

function compareRequests(
  actual: Seen[],
  expected: ExpectedRequest[],
  bases: readonly [string, string],
): void {
  assert.deepEqual(
    actual.map(({ server, method, target }) => `${server} ${method} ${target}`).sort(),
    expected.map(({ server, method, target }) => `${server} ${method} ${target}`).sort(),
  );
  for (const server of [1, 2]) {
    const wanted = expected.filter((request) => request.server === server);
    for (const [i, request] of actual.filter((seen) => seen.server === server).entries()) {
      compareRequest(request, wanted[i] as ExpectedRequest, bases);
    }
  }
}

function compareRequest(actual: Seen, expected: ExpectedRequest, bases: readonly [string, string]): void {
  const boundary = boundaryOf(actual);
  const fill = (text: string): string =>
    text.replaceAll("{{host}}", hostOf(bases[0])).replaceAll("{{host2}}", hostOf(bases[1]));
  const name = (text: string): string => (boundary === "" ? text : text.replaceAll(boundary, "{{boundary}}"));
  assert.equal(
    framingOf(actual.framing, actual.body.length),
    framingOf(expected.framing, expected.body.length),
  );
  const seen = actual.headers.map(([key, value]): [string, string] => [key, name(value)]);
  compareHeaders(
    seen,
    expected.headers.map(([key, value]): [string, string] => [key, fill(value)]),
  );
  const body = name(actual.body.toString("latin1"));
  if (typeof expected.body === "string") {
    assert.equal(body, fill(expected.body));
  } else {
    const sha256 = createHash("sha256").update(body, "latin1").digest("hex");
    assert.deepEqual({ sha256, length: body.length }, expected.body);
  }
}

/** A length of 0 and no length mean the same. */
function framingOf(framing: string, bodyLength: number): string {
  return framing === "length" && bodyLength === 0 ? "none" : framing;
}

/**
 * No header may be missing or extra. The caller's headers must be in order. The position of the others does not matter.
 */
function compareHeaders(actual: [string, string][], expected: [string, string][]): void {
  const seen = actual
    .filter(([name]) => !NOT_COMPARED.has(name.toLowerCase()))
    .map(([name, value]): [string, string] => [name.toLowerCase(), value.trim()]);
  const wanted = expected.map(([name, value]): [string, string] => [name.toLowerCase(), value.trim()]);
  assert.deepEqual(seen.map(join).sort(), wanted.map(join).sort());
  const repeated = new Set(wanted.map(([name]) => name).filter((name, i, all) => all.indexOf(name) !== i));
  for (const name of repeated) {
    assert.deepEqual(
      seen.filter(([n]) => n === name),
      wanted.filter(([n]) => n === name),
    );
  }
}

function join([name, value]: [string, string]): string {
  return `${name}: ${value}`;
}

function boundaryOf(request: RawRequest): string {
  const type = request.headers.find(([name]) => name.toLowerCase() === "content-type")?.[1] ?? "";
  return type.match(/^.*boundary=(.*)$/)?.[1] ?? "";
}
