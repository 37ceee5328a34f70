// Makes the calls of test/peers/cassettes.test.ts with a cassette. Usage: replay-process MODE FILE URL
// It prints what the calls gave, as JSON.
import { type CassetteMode, createTestHttpBackground } from "../../host/testing/index.ts";

/** Calls of httpbin: their paths, options and posts. */
const CALLS: readonly (readonly [path: string, options?: object, post?: unknown])[] = [
  ["/get?a=b&a=c"],
  ["/post", { headers: ["Content-Type: application/json"] }, '{"a":[1,null]}'],
  [
    "/post",
    {},
    { text: { data: "grüße" }, file: { data: new Blob(["x".repeat(100_000)]), filename: "a.txt" } },
  ],
  ["/redirect/3", { redirects: 5 }],
  ["/redirect/3", { redirects: 2 }],
  ["/status/418"],
  ["/gzip"],
  ["/brotli"],
  ["/image/png"],
  ["/cookies/set?session=a-secret-cookie"],
  ["/basic-auth/user/a-secret-password", { username: "user", password: "a-secret-password" }],
  ["/headers", { headers: ["Authorization: Bearer a-secret-token"] }],
  ["/stream/3"],
  ["/delay/1", { timeout: 20 }],
  ["/bytes/1000?seed=7"],
  ["/encoding/utf8"],
];

const [, , mode, file = "", base = ""] = process.argv;
const http = await createTestHttpBackground(undefined, {
  cassette: { file, mode: mode as CassetteMode },
  env: {},
});
const results: unknown[] = [];
for (const [path, options, post] of CALLS) {
  const { status, code, content, url } = await http.http_background(
    "default",
    base + path,
    options,
    post as never,
  );
  results.push({ path, status, code, url, bytes: content?.length, text: content?.toString("latin1") });
}
await http.close();
process.stdout.write(JSON.stringify(results));
