import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { describe, it } from "node:test";
import { Client } from "undici";
import LoadedClient from "undici/lib/dispatcher/client.js";
import { readText } from "../support/root.ts";

describe("undici", () => {
  it("has its Client in the one file of it that is loaded", () => {
    assert.equal(LoadedClient, Client, "undici has moved its Client: see host/network/http1/client.ts");
    assert.equal(typeof LoadedClient.prototype.dispatch, "function");
  });

  it("is the version that the manifest names exactly, because that file is not a part of its interface", () => {
    const { dependencies } = JSON.parse(readText("package.json")) as { dependencies: { undici: string } };
    const { version } = createRequire(import.meta.url)("undici/package.json") as { version: string };
    assert.equal(version, dependencies.undici);
  });
});
