import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { HttpBackground } from "../../../host/index.ts";
import { createTestHttpBackground, type TestHttpBackground } from "../../../host/testing/index.ts";
import { Cassettes } from "../../support/cassettes.ts";
import { startScriptedServer } from "../../support/scripted-server.ts";
import { runVector } from "../../support/vector-run.ts";
import { buildArgs, loadVectors, type Vector } from "../../support/vectors.ts";

/** One call, made while it was recorded. */
interface Call {
  readonly vector: Vector;
  readonly bases: readonly [string, string];
  readonly result: object;
}

/** Vectors whose transfers reach a server. */
const VECTORS = ["body", "headers", "responses", "failures", "multipart", "encoder", "redirects", "auth"]
  .flatMap(loadVectors)
  .filter(({ expect }) => expect.result !== undefined && expect.requests.length > 0);

const call = (http: HttpBackground, args: unknown[]): Promise<object> =>
  (http.http_background as (...args: unknown[]) => Promise<object>)(...args);

describe("the vectors as a cassette", () => {
  const cassettes = new Cassettes();
  const calls: Call[] = [];
  let replaying: TestHttpBackground;

  /** Plays a vector against its servers, as for any plugin, and remembers what it was given and what it got. */
  async function record(http: TestHttpBackground, vector: Vector): Promise<void> {
    const bases: string[] = [];
    let result: object = {};
    const watched = {
      http_background: async (...args: unknown[]) => {
        result = { ...(await call(http, args)) };
        return result;
      },
    } as unknown as HttpBackground;
    await runVector(watched, vector, async (script, options) => {
      const server = await startScriptedServer(script, options);
      bases.push(server.base);
      return server;
    });
    // The second server is started first.
    const [second = "", first = ""] = bases;
    calls.push({ vector, bases: [first, second], result });
  }

  before(async () => {
    const cassette = { file: cassettes.path("vectors"), mode: "record" } as const;
    const http = await createTestHttpBackground(undefined, { cassette, env: {} });
    for (const vector of VECTORS) await record(http, vector);
    await http.close();
    replaying = await createTestHttpBackground(undefined, { cassette: { ...cassette, mode: "replay" } });
  });
  after(async () => {
    await replaying.destroy();
    cassettes.remove();
  });

  it("are more than a hundred", () => assert.ok(VECTORS.length >= 100, `${VECTORS.length}`));

  for (const [index, { name }] of VECTORS.entries()) {
    it(`gives the same result: ${name}`, async () => {
      const { vector, bases, result } = calls[index] as Call;
      assert.deepEqual({ ...(await call(replaying, buildArgs(vector.args, bases))) }, result);
    });
  }
});
