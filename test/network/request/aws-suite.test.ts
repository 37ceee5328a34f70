import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { awsPath } from "../../../host/network/request/aws-canonical.ts";
import { type Signable, sign } from "../../../host/network/request/aws-sigv4.ts";
import { canonicalPath, type ReceivedRequest, refuse } from "../../support/aws-verifier.ts";
import { readText } from "../../support/root.ts";

/** As test/vectors/README.md describes them. */
interface Vector {
  name: string;
  method: string;
  target: string;
  headers: [string, string][];
  body?: string;
  normalize?: false;
  host?: string;
  region?: string;
  service?: string;
  time?: string;
  signedHeaders: string;
  signature: string;
}

const USER = { username: "AKIDEXAMPLE", password: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" };
const vectors = JSON.parse(readText("test/vectors/aws-sigv4.json")) as Vector[];

function toSign(vector: Vector): Signable {
  const { host = "example.amazonaws.com", region = "us-east-1", service = "service" } = vector;
  return {
    parameters: `aws:amz:${region}:${service}`,
    credentials: USER,
    method: vector.method,
    url: { hostname: host, target: vector.target },
    headers: [["Host", host], ...vector.headers],
    body: vector.body === undefined ? null : { kind: "string", bytes: Buffer.from(vector.body) },
    carriesBody: vector.body !== undefined,
    now: new Date(vector.time ?? "2015-08-30T12:36:00Z"),
  };
}

function asSent(vector: Vector, added: readonly (readonly [string, string])[]): ReceivedRequest {
  const { method, target } = vector;
  const headers = [...toSign(vector).headers, ...added];
  return { method, target, headers, body: Buffer.from(vector.body ?? "") };
}

describe("AWS's suite for Signature Version 4", () => {
  it("has all of its cases", () => {
    assert.equal(vectors.length, 38);
  });

  for (const vector of vectors.filter(({ normalize }) => normalize !== false)) {
    it(`signs ${vector.name}`, () => {
      const added = sign(toSign(vector));
      const authorization = added[0]?.[1] ?? "";
      assert.ok(
        authorization.endsWith(`, SignedHeaders=${vector.signedHeaders}, Signature=${vector.signature}`),
      );
      assert.equal(refuse(asSent(vector, added), USER.password), null);
    });
  }

  // The suite signs these for a service that uses paths as they are. The name of this service does not really exist.
  for (const vector of vectors.filter(({ normalize }) => normalize === false)) {
    it(`takes the path as it is in ${vector.name}`, () => {
      const path = awsPath(vector.target, true);
      assert.equal(path, canonicalPath(vector.target, "s3"));
      const normalized = sign(toSign(vector))[0]?.[1] ?? "";
      const isChanged = awsPath(vector.target, false) !== path;
      assert.equal(!normalized.endsWith(vector.signature), isChanged);
    });
  }

  it("is refused by the verifier if anything is changed", () => {
    const vector = vectors.find(({ name }) => name === "get-vanilla-query-order-key-case") as Vector;
    const sent = asSent(vector, sign(toSign(vector)));
    const changed: ReceivedRequest[] = [
      { ...sent, method: "POST" },
      { ...sent, target: `${sent.target}&a` },
      { ...sent, body: Buffer.from("x") },
      { ...sent, headers: [...sent.headers, ["X-Amz-Meta-A", "1"]] },
      { ...sent, headers: [...sent.headers, ["Host", "other"]] },
      { ...sent, headers: sent.headers.filter(([name]) => name !== "Host") },
    ];
    for (const request of changed) assert.notEqual(refuse(request, USER.password), null);
    assert.notEqual(refuse(sent, "other"), null);
  });
});
