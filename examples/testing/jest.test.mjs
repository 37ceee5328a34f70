import { expect, test } from "@jest/globals";
import { cassetteOf, createTestHttpBackground, httpMatchers } from "http-background/testing";

expect.extend(httpMatchers);

test("greets", async () => {
  const http = await createTestHttpBackground();
  http.when("https://api.example.com/greet").reply(200, {}, "hello");
  const reply = await http.http_background("default", "https://api.example.com/greet");
  expect(reply.content.toString()).toBe("hello");
  expect(http).toHaveRequested({ method: "GET", url: "/greet" }, 1);
  expect(http).not.toHaveRequested("/other");
  expect(http).toHaveUsedAllFakes();
  await http.close();
});

// The first time, SERVER is the URL of a server that answers "fine". Then there is a cassette, and no server is needed.
test("gets the same again", async () => {
  const http = await createTestHttpBackground(undefined, { cassette: cassetteOf(expect.getState()) });
  const reply = await http.http_background("default", `${process.env.SERVER}/again`);
  expect(reply.content.toString()).toBe("fine");
  await http.close();
});
