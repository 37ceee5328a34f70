import assert from "node:assert/strict";
import { test } from "node:test";
import { cassetteOf, createTestHttpBackground } from "http-background/testing";

test("greets", async () => {
  const http = await createTestHttpBackground();
  http.when("https://api.example.com/greet").reply(200, {}, "hello");
  const reply = await http.http_background("default", "https://api.example.com/greet");
  assert.equal(reply.content.toString(), "hello");
  await http.close();
});

// The first time, SERVER is the URL of a server that answers "fine". Then there is a cassette, and no server is needed.
test("gets the same again", async (t) => {
  const http = await createTestHttpBackground(undefined, { cassette: cassetteOf(t) });
  const reply = await http.http_background("default", `${process.env.SERVER}/again`);
  assert.equal(reply.content.toString(), "fine");
  await http.close();
});
