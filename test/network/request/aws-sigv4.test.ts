import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Signable, sign } from "../../../host/network/request/aws-sigv4.ts";
import type { NamedValue } from "../../../host/network/transfer/header-fields.ts";
import { parseUrl } from "../../../host/network/url/url.ts";
import { readText } from "../../support/root.ts";

const EXAMPLE = { username: "AKIDEXAMPLE", password: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" };
const S3_EXAMPLE = { username: "AKIAIOSFODNN7EXAMPLE", password: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY" };
const HASH_OF_NOTHING = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/** A GET of `url` signed for the example's user in 2015, with `changes`. */
function signed(url: string, changes: Partial<Signable> = {}): NamedValue[] {
  const { host, hostname, target } = parseUrl(url);
  return sign({
    parameters: "aws:amz:us-east-1:service",
    credentials: EXAMPLE,
    method: "GET",
    url: { hostname, target },
    body: null,
    carriesBody: changes.body !== undefined && changes.body !== null,
    now: new Date("2015-08-30T12:36:00Z"),
    ...changes,
    headers: [["Host", host], ...(changes.headers ?? [])],
  });
}

function authorizationOf(
  headers: NamedValue[],
): Record<"algorithm" | "scope" | "names" | "signature", string> {
  const [name, value] = headers[0] ?? [];
  assert.equal(name, "Authorization");
  const match = /^(\S+) Credential=(\S+), SignedHeaders=(\S+), Signature=([0-9a-f]{64})$/.exec(value ?? "");
  const [, algorithm = "", scope = "", names = "", signature = ""] = match ?? [];
  return { algorithm, scope, names, signature };
}

const string = (text: string): Signable["body"] => ({ kind: "string", bytes: Buffer.from(text) });
const FILE: Signable["body"] = { kind: "file", bytes: null };
const MULTIPART: Signable["body"] = { kind: "multipart", bytes: Buffer.from("--B--\r\n") };

describe("sign", () => {
  it("gives the signatures that Amazon published", () => {
    const s3 = {
      parameters: "aws:amz:us-east-1:s3",
      credentials: S3_EXAMPLE,
      now: new Date("2013-05-24T00:00:00Z"),
    };
    const bucket = "http://examplebucket.s3.amazonaws.com";
    const form = "application/x-www-form-urlencoded; charset=utf-8";
    const rows: [url: string, changes: Partial<Signable>, signature: string][] = [
      [
        "http://example.amazonaws.com/",
        {},
        "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
      ],
      [
        "http://example.amazonaws.com/?Param2=value2&Param1=value1",
        {},
        "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
      ],
      [
        "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08",
        { parameters: "aws:amz:us-east-1:iam", headers: [["Content-Type", form]] },
        "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
      ],
      [
        `${bucket}/test.txt`,
        { ...s3, headers: [["Range", "bytes=0-9"]] },
        "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
      ],
      [`${bucket}/?lifecycle`, s3, "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"],
      [
        `${bucket}/?max-keys=2&prefix=J`,
        s3,
        "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
      ],
    ];
    for (const [url, changes, signature] of rows) {
      assert.equal(authorizationOf(signed(url, changes)).signature, signature, url);
    }
  });

  it("gives the signatures that were recorded from the original", () => {
    const vectors = JSON.parse(readText("test/vectors/auth.json"));
    const recorded = vectors.filter(({ name }: { name: string }) => name.startsWith("auth/sigv4-"));
    assert.ok(recorded.length >= 3);
    for (const { name, args, expect } of recorded) {
      const [, url, options, post] = args;
      const [request] = expect.requests;
      const headers = (options.headers ?? []).map((entry: string) => entry.split(": ", 2));
      const added = signed(url.replace("{{base}}", "http://127.0.0.1:18080"), {
        parameters: options.aws_sigv4,
        method: request.method,
        headers,
        body: post === undefined ? null : string(post),
      });
      assert.deepEqual(added, [request.headers.find(([key]: [string]) => key === "Authorization")], name);
    }
  });

  it("reads the parameters as curl does, and finds what is missing in the host", () => {
    const long = "a".repeat(70);
    const rows: [parameters: string, algorithm: string, scope: string, date: string][] = [
      ["aws:amz:r:s", "AWS4-HMAC-SHA256", "r/s/aws4_request", "X-Amz-Date"],
      ["AwS:aMZ:r:s", "AWS4-HMAC-SHA256", "r/s/aws4_request", "X-Amz-Date"],
      ["osc", "OSC4-HMAC-SHA256", "reg/svc/osc4_request", "X-Osc-Date"],
      ["xxx:yyy:r", "XXX4-HMAC-SHA256", "r/svc/xxx4_request", "X-Yyy-Date"],
      ["aws::r:s", "AWS4-HMAC-SHA256", "reg/svc/aws4_request", "X-Amz-Date"],
      ["aws", "AWS4-HMAC-SHA256", "reg/svc/aws4_request", "X-Amz-Date"],
      ["aws:aws:r:s", "AWS4-HMAC-SHA256", "r/s/aws4_request", "X-Aws-Date"],
      ["aws:amz::s", "AWS4-HMAC-SHA256", "reg/svc/aws4_request", "X-Amz-Date"],
      ["a:b:r:s:t", "A4-HMAC-SHA256", "r/s:t/a4_request", "X-B-Date"],
      ["a:b:r: s t", "A4-HMAC-SHA256", "r/s/a4_request", "X-B-Date"],
      [
        `${long}:b:c:d`,
        `${"A".repeat(64)}4-HMAC-SHA256`,
        `reg/svc/${"a".repeat(64)}4_request`,
        `X-A${"a".repeat(63)}-Date`,
      ],
    ];
    for (const [parameters, algorithm, scope, date] of rows) {
      const headers = signed("http://svc.reg.example.com/", { parameters });
      const authorization = authorizationOf(headers);
      assert.equal(authorization.algorithm, algorithm, parameters);
      assert.equal(authorization.scope, `AKIDEXAMPLE/20150830/${scope}`, parameters);
      assert.deepEqual(headers[1], [date, "20150830T123600Z"], parameters);
    }
    const onAddress = signed("http://127.0.0.1/", { parameters: "aws:amz" });
    assert.equal(authorizationOf(onAddress).scope, "AKIDEXAMPLE/20150830/0/127/aws4_request");
  });

  it("fails as curl does without a provider, a service or a region", () => {
    const rows: [url: string, parameters: string, code: string][] = [
      ["http://svc.reg.example.com/", "", "BAD_FUNCTION_ARGUMENT"],
      ["http://svc.reg.example.com/", ":amz", "BAD_FUNCTION_ARGUMENT"],
      ["http://localhost/", "aws:amz:r", "URL_MALFORMAT"],
      ["http://localhost/", "aws", "URL_MALFORMAT"],
      ["http://svc.test/", "aws", "URL_MALFORMAT"],
      ["http://[::1]/", "aws:amz:r", "URL_MALFORMAT"],
      [`http://${"s".repeat(65)}.reg.test/`, "aws", "URL_MALFORMAT"],
      [`http://h.test/?${"a&".repeat(63)}`, "aws:amz:r:s", "URL_MALFORMAT"],
    ];
    for (const [url, parameters, code] of rows) {
      assert.throws(() => signed(url, { parameters }), { name: "TransferFailure", code }, parameters);
    }
    signed("http://localhost/", { parameters: "aws:amz:r:s" });
    signed(`http://h.test/?${"a&".repeat(62)}`);
  });

  it("signs every header that it is given, and adds the date unless it is one of them", () => {
    const url = "http://h.test/";
    const dated = signed(url, { headers: [["x-amz-date", " 20200102T030405Z"]] });
    assert.equal(dated.length, 1);
    assert.equal(authorizationOf(dated).scope, "AKIDEXAMPLE/20200102/us-east-1/service/aws4_request");
    const other = signed(url, { headers: [["DATE", "20200102T030405Z and more"]] });
    assert.equal(authorizationOf(other).names, "date;host");
    assert.equal(authorizationOf(other).scope, "AKIDEXAMPLE/20200102/us-east-1/service/aws4_request");
    const date = "Sun, 30 Aug 2015 12:36:00 GMT";
    const unusable = signed(url, { headers: [["Date", date]] });
    assert.equal(authorizationOf(unusable).names, "date;host;x-amz-date");
    const many = signed(url, {
      parameters: "osc:amz:us-east-1:service",
      headers: [
        ["X-B", "2"],
        ["x-a", "  1 \t 2  "],
        ["X-A", "0"],
        ["X-Empty", ""],
      ],
    });
    assert.equal(authorizationOf(many).names, "host;x-a;x-a;x-amz-date;x-b;x-empty");
    const tidy = signed(url, {
      parameters: "osc:amz:us-east-1:service",
      headers: [
        ["x-a", "0"],
        ["X-A", "1 2"],
        ["X-Empty", ""],
        ["X-B", "2"],
      ],
    });
    assert.equal(authorizationOf(tidy).signature, authorizationOf(many).signature);
  });

  it("hashes what is posted as a string, and says for S3 what it hashed", () => {
    const service = (parameters: string, changes: Partial<Signable>): string | undefined => {
      const added = signed("http://h.test/", { parameters, ...changes });
      return added.find(([name]) => name.endsWith("-content-sha256"))?.join(": ");
    };
    const hashOfAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    const s3 = (changes: Partial<Signable>): string | undefined => service("aws:amz:r:s3", changes);
    assert.equal(s3({}), `x-amz-content-sha256: ${HASH_OF_NOTHING}`);
    assert.equal(s3({ body: string("abc") }), `x-amz-content-sha256: ${hashOfAbc}`);
    assert.equal(s3({ body: FILE }), "x-amz-content-sha256: UNSIGNED-PAYLOAD");
    assert.equal(s3({ body: MULTIPART }), "x-amz-content-sha256: UNSIGNED-PAYLOAD");
    assert.equal(service("AWS:Amz:r:S3", {}), `x-Amz-content-sha256: ${HASH_OF_NOTHING}`);
    assert.equal(service("aws:amz:r:s3x", {}), undefined);
    assert.equal(service("osc:amz:r:s3", {}), undefined);
    // After a redirect that dropped the body.
    assert.equal(s3({ body: string("abc"), carriesBody: false }), `x-amz-content-sha256: ${HASH_OF_NOTHING}`);
    assert.equal(s3({ body: FILE, carriesBody: false }), `x-amz-content-sha256: ${HASH_OF_NOTHING}`);
    assert.equal(s3({ body: FILE, headers: [["X-Amz-Content-SHA256", " own "]] }), undefined);
  });

  it("takes the payload's hash into the signature, of AWS for all that is sent", () => {
    const signature = (changes: Partial<Signable>): string =>
      authorizationOf(signed("http://h.test/", { method: "POST", ...changes })).signature;
    const empty = signature({});
    assert.equal(signature({ body: string("") }), empty);
    assert.notEqual(signature({ body: string("abc") }), empty);
    assert.equal(signature({ body: MULTIPART }), signature({ body: string("--B--\r\n") }));
    const payloadHash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert.equal(signature({ body: FILE, payloadHash }), signature({ body: string("abc") }));
    assert.equal(signature({ body: string("abc"), carriesBody: false }), empty);
    const own = (value: string): string =>
      signature({ body: FILE, headers: [["X-Amz-Content-Sha256", value]] });
    assert.notEqual(own("a"), own("b"));
    // Other services get the hash of a string, even if the body was dropped; for other bodies they get the hash of
    // nothing.
    const other = (changes: Partial<Signable>): string =>
      signature({ parameters: "osc:osc:r:s", ...changes });
    assert.equal(other({ body: FILE }), other({}));
    assert.equal(other({ body: MULTIPART }), other({}));
    assert.equal(other({ body: string("abc"), carriesBody: false }), other({ body: string("abc") }));
  });

  it("sorts and escapes the query as libcurl 8.3 to 8.12 did", () => {
    const rows: [query: string, canonical: string][] = [
      ["b=2&a=1", "a=1&b=2"],
      ["a&b", "a=&b="],
      ["a=%2f%zz%", "a=%2F%25zz%25"],
      ["a=+", "a=%2B"],
      ["a=1=2", "a=1=2"],
      ["a&a1=x&a=y", "a&a1=x&a=y"],
      ["&&b&&a&", "a=&b="],
      ["a=/:@!$'()*,;?[]{}|", "a=%2F%3A%40%21%24%27%28%29%2A%2C%3B%3F%5B%5D%7B%7D%7C"],
      ["a=-._~", "a=-._~"],
      ["a=\xe9", "a=%E9"],
      ["", ""],
    ];
    const signature = (query: string, parameters: string): string =>
      authorizationOf(signed(`http://h.test/?${query}`, { parameters })).signature;
    for (const [query, canonical] of rows) {
      for (const parameters of ["osc:osc:r:s", "aws:amz:r:s"]) {
        assert.equal(signature(query, parameters), signature(canonical, parameters), query);
      }
    }
    assert.notEqual(
      authorizationOf(signed("http://h.test/?a=1")).signature,
      authorizationOf(signed("http://h.test/?a=2")).signature,
    );
  });

  it("signs the path as it is sent", () => {
    const signature = (path: string): string => authorizationOf(signed(`http://h.test${path}`)).signature;
    assert.notEqual(signature("/a%20b"), signature("/a%2520b"));
    assert.equal(signature("/x/../a"), signature("/a"));
  });
});
