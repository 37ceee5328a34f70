import assert from "node:assert/strict";
import { AsyncLocalStorage, AsyncResource } from "node:async_hooks";
import { describe, it } from "node:test";
import { withPlainBind } from "../../../host/network/http2/plain-bind.ts";

describe("a function that is bound in a step of node:http2", () => {
  const storage = new AsyncLocalStorage<string>();
  const { bind } = AsyncResource.prototype;

  for (const isCostly of [true, false]) {
    it(`runs in its context, with its receiver and its arguments (${isCostly ? "ours" : "Node's"})`, () => {
      const resource = storage.run("inside", () => new AsyncResource("TEST"));
      const bound = withPlainBind(
        () =>
          resource.bind(function (this: unknown, ...args: unknown[]) {
            return [storage.getStore(), this, ...args];
          }),
        isCostly,
      );
      const receiver = {};
      const [store, self, ...args] = storage.run("outside", () => bound.call(receiver, 1, 2)) as unknown[];
      assert.equal(store, "inside");
      assert.equal(self, receiver);
      assert.deepEqual(args, [1, 2]);
    });
  }

  it("has no asyncResource, which takes most of the time", () => {
    const bound = withPlainBind(() => new AsyncResource("TEST").bind(() => {}), true);
    assert.equal("asyncResource" in bound, false);
  });

  it("is bound by Node again after the step, also if the step has thrown", () => {
    withPlainBind(() => assert.notEqual(AsyncResource.prototype.bind, bind), true);
    assert.equal(AsyncResource.prototype.bind, bind);
    assert.throws(() =>
      withPlainBind(() => {
        throw new Error("the session is over");
      }, true),
    );
    assert.equal(AsyncResource.prototype.bind, bind);
  });
});
