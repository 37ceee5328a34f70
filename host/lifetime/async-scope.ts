import { AsyncResource } from "node:async_hooks";

/** An asynchronous context: whoever runs in it sees what `AsyncLocalStorage` held when it was captured. */
export type AsyncScope = Pick<AsyncResource, "runInAsyncScope">;

/** The context of whoever calls this. */
export function captureScope(): AsyncScope {
  return new AsyncResource("HTTP_BACKGROUND");
}

/** The context in which this module was loaded: nobody's call. What calls share, such as connections, lives in it. */
export const OUTSIDE: AsyncScope = captureScope();
