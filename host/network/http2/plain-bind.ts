import { AsyncResource } from "node:async_hooks";

type Bound = (this: unknown, ...args: unknown[]) => unknown;

/**
 * Whether functions that are bound to a context get a property `asyncResource`, as in Node 20. Nobody reads it, because
 * it is deprecated, but to make it takes a third of the CPU of a request over HTTP/2.
 */
const IS_COSTLY = "asyncResource" in new AsyncResource("HTTP_BACKGROUND").bind(() => {});

/** Runs a step of node:http2 that binds functions to their context. They run in it, but have no `asyncResource`. */
export function withPlainBind<T>(step: () => T, isCostly = IS_COSTLY): T {
  if (!isCostly) return step();
  const prototype: { bind: unknown } = AsyncResource.prototype;
  const { bind } = prototype;
  prototype.bind = plainBind;
  try {
    return step();
  } finally {
    prototype.bind = bind;
  }
}

/** `AsyncResource.bind` without the property. */
function plainBind(this: AsyncResource, call: Bound): Bound {
  const resource = this;
  return function (this: unknown, ...args: unknown[]) {
    return resource.runInAsyncScope(call, this, ...args);
  };
}
