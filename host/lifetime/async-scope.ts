import { AsyncResource } from "node:async_hooks";

/** An asynchronous context. Code that runs in it sees what `AsyncLocalStorage` held when the context was captured. */
export type AsyncScope = Pick<AsyncResource, "runInAsyncScope">;

/** The context of the code that calls this function. */
export function captureScope(): AsyncScope {
  return new AsyncResource("HTTP_BACKGROUND");
}

/**
 * The context in which this module was loaded. It belongs to no call. It is for what calls share, such as connections.
 */
export const OUTSIDE: AsyncScope = captureScope();
